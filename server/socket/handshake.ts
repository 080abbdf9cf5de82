/** PORT. What an edge asks before an upgrade or a request, and what an endpoint answers. */
import type { Socket, SocketEvents } from './socket.ts';

/** No handshake: an ordinary HTTP response with a JSON body. */
export interface Refusal {
  readonly refuse: {
    readonly status: number;
    readonly body: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

export interface Acceptance {
  /** Value of `Sec-WebSocket-Protocol` in the response; undefined omits the header. */
  readonly subprotocol: string | undefined;
  /** Largest message the peer may send, in bytes, where it differs from the edge's own limit. */
  readonly maxFrame?: number;
  /**
   * Reads one message per turn from unauthenticated peers: thousands may arrive in one piece, and other peers must get
   * their turn.
   */
  readonly inTurn?: true;
  /** Called once when the connection is open; never if the peer has gone by then. */
  open(socket: Socket): SocketEvents;
}

export type UpgradeDecision = Refusal | Acceptance;

/**
 * @param request the upgrade request; its path selects the endpoint @param address the client's, to slow down guesses;
 * undefined if the edge does not know it
 */
export type UpgradeHandler = (request: Request, address: string | undefined) => Promise<UpgradeDecision>;

/**
 * Answers an ordinary request to an endpoint. `address` as for an upgrade; `hangUp` ends the connection at once,
 * where the edge can.
 */
export type RequestHandler = (
  request: Request,
  address: string | undefined,
  hangUp?: () => void,
) => Promise<Response>;

/** A refusal in the form of our own API. `retryAfter` in seconds. */
export function refusal(status: number, code: string, message: string, retryAfter?: number): Refusal {
  return {
    refuse: {
      status,
      body: { error: { code, message } },
      ...(retryAfter === undefined ? {} : { headers: { 'Retry-After': String(retryAfter) } }),
    },
  };
}

/** A refusal as an ordinary answer. */
export function refused({ refuse: { status, body, headers } }: Refusal): Response {
  return Response.json(body, { status, ...(headers === undefined ? {} : { headers }) });
}
