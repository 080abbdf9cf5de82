/** PORT. What the hub needs of a WebSocket; each runtime's edge provides it. */

/** Text frames ready for the wire in one piece, made once and written to many sockets. Their bytes are the runtime's matter. */
export interface Prepared {
  readonly texts: readonly string[];
  /** Size on the wire. */
  readonly bytes: number;
}

export interface Socket {
  send(text: string): void;
  /** Writes prepared frames. Order with `send` is kept. */
  write(frame: Prepared): void;
  /** Bytes handed over and not yet taken by the kernel. */
  readonly bufferedAmount: number;
  /** Calls back once when all that was handed over so far is with the kernel. */
  drained(then: () => void): void;
  /** Asks whether the peer is there, and says something in the same write. */
  ping(and?: Prepared): void;
  /** Sends a close frame and ends the connection when it is answered, or after a while. */
  close(code: number, reason: string): void;
  /** Ends the connection now. */
  terminate(): void;
}

/** How a connection ended where no close frame came: the peer's kernel reset it, or answered nothing any more. */
export type BrokenBy = 'reset' | 'unanswered';

/** What a socket tells its session. `text` is undefined for a binary message, which the protocol has none of. */
export interface SocketEvents {
  message(text: string | undefined): void;
  pong(): void;
  closed(code: number, brokenBy?: BrokenBy): void;
}

/** Encodes and frames texts once. */
export type Prepare = (...texts: readonly string[]) => Prepared;
