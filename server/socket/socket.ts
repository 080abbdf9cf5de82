/** PORT. What the hub needs of a WebSocket; each runtime's edge provides it. */

/**
 * Text frames ready for the wire in one piece, made once and written to many sockets. Only the runtime knows their
 * bytes.
 */
export interface Prepared {
  readonly texts: readonly string[];
  /** Size on the wire. */
  readonly bytes: number;
}

/** A text whose middle many sockets get: its bytes are made once and never copied. */
export interface SharedText {
  readonly head: string;
  readonly middle: Uint8Array;
  readonly tail: string;
}

export interface Socket {
  send(text: string): void;
  sendShared(text: SharedText): void;
  /** Writes prepared frames. Keeps their order with `send`. */
  write(frame: Prepared): void;
  /** Bytes that the kernel has not taken yet. */
  readonly bufferedAmount: number;
  /** Calls back once when the kernel has taken everything written so far. */
  drained(then: () => void): void;
  /** Checks whether the peer is there, and sends the frame in the same write. */
  ping(and?: Prepared): void;
  /** Sends a close frame, and ends the connection when the peer answers it, or after a while. */
  close(code: number, reason: string): void;
  /** Ends the connection now. */
  terminate(): void;
}

/** How a connection ended without a close frame: the peer's kernel reset it, or the peer no longer answered. */
export type BrokenBy = 'reset' | 'unanswered';

/** What a socket reports to its session. `text` is undefined for a binary message, which the protocol does not have. */
export interface SocketEvents {
  message(text: string | undefined): void;
  pong(): void;
  closed(code: number, brokenBy?: BrokenBy): void;
}

/** Encodes and frames texts once. */
export type Prepare = (...texts: readonly string[]) => Prepared;
