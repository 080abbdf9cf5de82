/** The way in to `/v1/agent`: an agent is a program that sets headers, so all is told before the handshake. */
import { AGENT_SUBPROTOCOL } from '../../client-sdk/protocol/version.ts';
import type { Clock } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import { type Door, refusal, type UpgradeDecision } from '../hub/upgrade.ts';
import type { Authenticator } from '../identity/identity.ts';
import { tokenOf } from '../identity/middleware.ts';
import type { Events } from '../telemetry/events.ts';
import type { Logger } from '../telemetry/logger.ts';
import { createAgentSession, mayReportAtAll } from './agent-session.ts';
import type { Liveness } from './liveness.ts';

export interface AgentDoorOptions {
  readonly authenticator: Authenticator;
  readonly liveness: Liveness;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: Events;
  readonly uuid: () => string;
}

/** A gateway reports for thousands of hosts in one frame. */
const MAX_FRAME = 1024 * 1024;
const RETRY_SECONDS = 5;

export function createAgentDoor(options: AgentDoorOptions): Door {
  const { authenticator, liveness, clock, logger, events, uuid } = options;
  return async (request, address): Promise<UpgradeDecision> => {
    const offered = (request.headers.get('sec-websocket-protocol') ?? '')
      .split(',')
      .map((name) => name.trim());
    if (!offered.includes(AGENT_SUBPROTOCOL)) {
      return refusal(400, 'invalid', `Offer the subprotocol ${AGENT_SUBPROTOCOL} in Sec-WebSocket-Protocol`);
    }
    const token = tokenOf(request.headers);
    if (token === undefined) {
      return refusal(
        401,
        'unauthorized',
        'A token is missing: send it as X-Auth-Token or as Authorization: Bearer',
      );
    }
    const identity = await authenticator
      .authenticate({ token, ...(address === undefined ? {} : { address }) })
      .catch((error: unknown) => {
        if (error instanceof DomainError && error.code === 'unavailable') return 'unavailable' as const;
        throw error;
      });
    if (identity === 'unavailable') {
      return refusal(503, 'unavailable', 'the identity service cannot be asked now', RETRY_SECONDS);
    }
    if (identity === undefined) {
      return refusal(401, 'unauthorized', 'The token is not valid: it is unknown, expired or revoked');
    }
    if (!mayReportAtAll(identity)) {
      return refusal(403, 'forbidden', 'Reporting needs an agent token, or role service or admin');
    }
    return {
      subprotocol: AGENT_SUBPROTOCOL,
      maxFrame: MAX_FRAME,
      open: (socket) =>
        createAgentSession({
          socket,
          identity,
          liveness,
          clock,
          logger,
          session: uuid(),
          events,
          onRevoked: authenticator.onRevoked.bind(authenticator),
        }),
    };
  };
}
