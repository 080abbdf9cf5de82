/** PORT. What an edge asks before it turns a request into a WebSocket, and what a room's door answers. */
import type { Socket, SocketEvents } from './socket.ts';

/** No handshake: an ordinary HTTP answer with a JSON body. */
export interface Refusal {
  readonly refuse: {
    readonly status: number;
    readonly body: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  };
}

export interface Acceptance {
  /** What the handshake answers in `Sec-WebSocket-Protocol`; undefined leaves the header out. */
  readonly subprotocol: string | undefined;
  /** Bytes of the largest message the peer may send, where it differs from the edge's own bound. */
  readonly maxFrame?: number;
  /** Of strangers one message is read in a turn: thousands may come in one piece, and the others wait for theirs. */
  readonly inTurn?: true;
  /** Called once when the connection stands; not at all if the peer was gone by then. */
  open(socket: Socket): SocketEvents;
}

export type UpgradeDecision = Refusal | Acceptance;

/**
 * @param request the upgrade request; its path says which door is meant
 * @param address the client's, for slowing guesses; undefined if it is not known
 */
export type UpgradeHandler = (request: Request, address: string | undefined) => Promise<UpgradeDecision>;

/**
 * An ordinary request to a room, and its answer. `address` as for a door; `hangUp` ends the connection at once, where
 * the edge can.
 */
export type RequestHandler = (
  request: Request,
  address: string | undefined,
  hangUp?: () => void,
) => Promise<Response>;

/** A refusal in the words of our own API. `retryAfter` in seconds. */
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
