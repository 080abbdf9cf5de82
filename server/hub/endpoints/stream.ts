/** The WebSocket endpoint `/v1/stream`: checks before the handshake everything that is known by then. */
import { CLOSE, type CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import type { Drain, ErrorFrame } from '../../../client-sdk/protocol/downstream.ts';
import {
  BEARER_SUBPROTOCOL_PREFIX,
  SUBPROTOCOL,
  TICKET_SUBPROTOCOL_PREFIX,
} from '../../../client-sdk/protocol/version.ts';
import { DomainError } from '../../domain/errors.ts';
import { allows } from '../../identity/access-rules/access-rules.ts';
import type { Identity } from '../../identity/identity.ts';
import { tokenOf } from '../../identity/middleware.ts';
import { type Refusal, refusal, type UpgradeDecision, type UpgradeHandler } from '../../socket/handshake.ts';
import type { Socket, SocketEvents } from '../../socket/socket.ts';
import { type Authenticated, STREAM_REQUEST } from '../connection/authentication.ts';
import type { HubContext } from '../connection/context.ts';
import { RELIEF } from '../session/welcome.ts';
import {
  type AdmissionContext,
  authenticate,
  crowded,
  RESTARTING,
  recognised,
  unlessUnavailable,
} from './admission.ts';

/** The part of the hub that its endpoints use. */
export interface EndpointHost {
  /** Are new connections refused? */
  isShut(): boolean;
  admit(socket: Socket, address: string | undefined, authenticated: Authenticated | undefined): SocketEvents;
}

export type StreamContext = AdmissionContext & Pick<HubContext, 'handshakeLimits' | 'tickets'>;

/** The answer to a plain request for the stream's path. */
export const UPGRADE_REQUIRED: Refusal = {
  refuse: {
    ...refusal(426, 'upgrade_required', 'this is a WebSocket: connect with Upgrade: websocket').refuse,
    headers: { Upgrade: 'websocket', Connection: 'Upgrade' },
  },
};

export function createStreamEndpoint(context: StreamContext, host: EndpointHost): UpgradeHandler {
  return async (request, address) => {
    if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return UPGRADE_REQUIRED;
    if (host.isShut()) return RESTARTING;
    const tooMany = context.handshakeLimits.arrive();
    if (tooMany !== undefined) return tooMany;
    const offered = offeredBy(request);
    if (!offered.includes(SUBPROTOCOL)) return noCommonSubprotocol(offered);
    const token = tokenOf(request.headers);
    if (token !== undefined) return byHeader(token);
    const secret = offered.map(secretOf).find((found) => found !== undefined);
    if (secret !== undefined) return bySubprotocol(secret);
    return context.handshakeLimits.judge(address) ?? accept(undefined);

    /** A token in a header comes from a program, which can read an HTTP status. */
    async function byHeader(token: string): Promise<UpgradeDecision> {
      const found = await recognised(token, address, context, STREAM_REQUEST);
      return 'refuse' in found ? found : (crowded(found, context) ?? accept(found));
    }

    /**
     * A browser cannot read the status of a refused handshake: the hub accepts the handshake, then closes with a close
     * code.
     */
    async function bySubprotocol(secret: HandshakeSecret): Promise<UpgradeDecision> {
      const identity = await unlessUnavailable(async () =>
        'ticket' in secret
          ? usable(await context.tickets?.redeem(secret.ticket))
          : authenticate(secret.token, address, context, STREAM_REQUEST),
      );
      if (identity instanceof DomainError) {
        return closing(SUBPROTOCOL, CLOSE.limit, {
          type: 'error',
          code: 'limit',
          message: identity.message,
        });
      }
      if (identity === 'unavailable') {
        return closing(SUBPROTOCOL, CLOSE.overloaded, { type: 'drain', reconnect_in_ms: RELIEF });
      }
      if (identity === undefined)
        return closing(SUBPROTOCOL, CLOSE.badToken, {
          type: 'error',
          code: 'unauthenticated',
          message: 'the token or ticket of the subprotocol is unknown, expired or used',
        });
      return accept({ identity, ...('token' in secret ? { token: secret.token } : {}) });
    }

    function accept(authenticated: Authenticated | undefined): UpgradeDecision {
      return {
        subprotocol: SUBPROTOCOL,
        maxFrame: context.settings.maxFrame,
        inTurn: true,
        open: (socket) => host.admit(socket, address, authenticated),
      };
    }
  };
}

/** A ticket opens no more than the token that it was issued for. */
function usable(identity: Identity | undefined): Identity | undefined {
  const rules = identity?.accessRules;
  return rules === undefined || allows(rules, STREAM_REQUEST) ? identity : undefined;
}

/** The only place where a secret is read from a subprotocol; it is never sent back, and never logged. */
type HandshakeSecret = { readonly token: string } | { readonly ticket: string };

function secretOf(protocol: string): HandshakeSecret | undefined {
  if (protocol.startsWith(BEARER_SUBPROTOCOL_PREFIX)) {
    const encoded = protocol.slice(BEARER_SUBPROTOCOL_PREFIX.length);
    return { token: Buffer.from(encoded, 'base64url').toString() };
  }
  if (protocol.startsWith(TICKET_SUBPROTOCOL_PREFIX)) {
    return { ticket: protocol.slice(TICKET_SUBPROTOCOL_PREFIX.length) };
  }
  return undefined;
}

function offeredBy(request: Request): string[] {
  const header = request.headers.get('sec-websocket-protocol') ?? '';
  return header
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '');
}

/**
 * A browser that offered protocols gives up on a handshake that accepts none, before it could read a close code. So the
 * hub accepts its first offer, unless that is a secret, and closes the connection with 4406 before any other frame.
 */
function noCommonSubprotocol(offered: readonly string[]): UpgradeDecision {
  return closing(
    offered.find((protocol) => secretOf(protocol) === undefined),
    CLOSE.noSubprotocol,
    { type: 'error', code: 'no_subprotocol', message: `offer the subprotocol "${SUBPROTOCOL}"` },
  );
}

function closing(
  subprotocol: string | undefined,
  close: CloseCode,
  before?: Drain | ErrorFrame,
): UpgradeDecision {
  return {
    subprotocol,
    open(socket) {
      if (before !== undefined) socket.send(JSON.stringify(before));
      socket.close(close.code, close.reason);
      return { message: () => undefined, pong: () => undefined, closed: () => undefined };
    },
  };
}
