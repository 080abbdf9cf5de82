/**
 * The WebSocket endpoint `/v1/agent`. Agents are programs that can read an HTTP status, so every refusal comes before
 * the handshake.
 */
import { AGENT_SUBPROTOCOL } from '../../../client-sdk/protocol/version.ts';
import type { Clock } from '../../domain/clock.ts';
import { DomainError, retryAfterOf } from '../../domain/errors.ts';
import type { Authenticator, Identity } from '../../identity/identity.ts';
import { tokenOf } from '../../identity/middleware.ts';
import { type Refusal, refusal, type UpgradeHandler } from '../../socket/handshake.ts';
import type { Events } from '../../telemetry/events.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Timers } from '../../timers.ts';
import type { Liveness } from '../liveness.ts';
import { AGENT_REQUEST, createAgentSession, mayReportAtAll } from './session.ts';

export interface AgentEndpointContext {
  readonly authenticator: Authenticator;
  readonly liveness: Liveness;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: Events;
  readonly uuid: () => string;
  readonly timers?: Pick<Timers, 'setTimer'>;
}

/** Large enough for the reports of a gateway with ten thousand hosts in one frame. */
export const MAX_FRAME = 2 * 1024 * 1024;
const RETRY_SECONDS = 5;

export function createAgentEndpoint(context: AgentEndpointContext): UpgradeHandler {
  const { authenticator } = context;
  return async (request, address) => {
    const token = tokenOf(request.headers);
    if (token === undefined) {
      return refusal(
        401,
        'unauthorized',
        'A token is missing: send it as X-Auth-Token or as Authorization: Bearer',
      );
    }
    if (!offers(request, AGENT_SUBPROTOCOL)) {
      return refusal(400, 'invalid', `Sec-WebSocket-Protocol: ${AGENT_SUBPROTOCOL} must be offered`);
    }
    const identity = await asked(authenticator, token, address);
    if ('refuse' in identity) return identity;
    if (!mayReportAtAll(identity)) {
      return refusal(403, 'forbidden', 'Reporting needs the role "service" or "admin", or an agent token');
    }
    return {
      subprotocol: AGENT_SUBPROTOCOL,
      maxFrame: MAX_FRAME,
      open(socket) {
        return createAgentSession({
          ...context,
          socket,
          identity,
          token,
          session: context.uuid(),
          address,
        });
      },
    };
  };
}

async function asked(
  authenticator: Authenticator,
  token: string,
  address: string | undefined,
): Promise<Identity | Refusal> {
  try {
    const identity = await authenticator.authenticate({
      token,
      ...(address === undefined ? {} : { address }),
      request: AGENT_REQUEST,
    });
    return (
      identity ?? refusal(401, 'unauthorized', 'The token is not valid: it is unknown, expired or revoked')
    );
  } catch (error) {
    if (error instanceof DomainError && error.code === 'too_many')
      return refusal(429, error.code, error.message, retryAfterOf(error));
    if (!(error instanceof DomainError) || error.code !== 'unavailable') throw error;
    return refusal(503, 'unavailable', 'The identity service is unavailable; try again', RETRY_SECONDS);
  }
}

function offers(request: Request, subprotocol: string): boolean {
  const offered = request.headers.get('sec-websocket-protocol') ?? '';
  return offered.split(',').some((one) => one.trim() === subprotocol);
}
