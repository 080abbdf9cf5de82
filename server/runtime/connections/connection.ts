import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Monotonic } from '../../domain/clock.ts';

/** How many requests of one connection may wait behind another. Hardly any client pipelines requests at all. */
const MOST_WAITING = 32;

const CONNECTION = Symbol('connection');

export interface ArrivingBody {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

type TaggedSocket = Socket & { [CONNECTION]?: EdgeConnection };

/**
 * One network connection, and its requests one at a time. A client may send the next request before the last is
 * answered, and the runtime passes on all that it has read: up to some ten thousand in one turn of the event loop. Here
 * the next one starts only when the kernel has taken the whole answer before it, so that a client that never reads
 * costs one answer.
 */
export class EdgeConnection {
  /** The peer's address; a proxy's, if one stands between. */
  readonly peer: string;
  /** The client that unsent answers are counted for: its address, which a trusted proxy forwards. */
  account: string;
  /** The TLS socket once the handshake is complete. */
  socket: Socket;
  /** The connection has become a WebSocket and no longer carries HTTP. */
  isUpgraded = false;
  /** Bytes of the present answer that the kernel has not taken, as counted by the ledger of unsent answers. */
  unsent = 0;
  /** When the kernel last took bytes of an answer. */
  movedAt: Monotonic;
  /** Bytes taken by the kernel, at the last look. */
  drained = 0;
  /** Requests started so far, and their number when this connection was last skipped because it was in use. */
  requests = 0;
  seenRequests = 0;
  /** The last request with a body since the last look for slow bodies. */
  body: ArrivingBody | undefined;
  readonly #waiting: (() => void)[] = [];
  #isBusy = false;

  constructor(socket: Socket, peer: string, now: Monotonic) {
    this.socket = socket;
    this.peer = peer;
    this.account = peer;
    this.movedAt = now;
    this.carriedBy(socket);
  }

  static of(socket: Socket | null): EdgeConnection | undefined {
    return (socket as TaggedSocket | null)?.[CONNECTION];
  }

  carriedBy(socket: Socket): void {
    this.socket = socket;
    (socket as TaggedSocket)[CONNECTION] = this;
  }

  /** Is a request being answered, or is this a WebSocket? */
  get isInUse(): boolean {
    return this.#isBusy || this.isUpgraded;
  }

  /** Starts a request now, or after those before it are answered. Too many waiting requests end the connection. */
  inTurn(begin: () => void): void {
    if (!this.#isBusy) {
      this.#begin(begin);
    } else if (this.#waiting.length < MOST_WAITING) {
      this.#waiting.push(begin);
    } else {
      this.socket.destroy();
    }
  }

  /** The kernel has taken the present answer, or never will. */
  readonly answered = (): void => {
    this.#isBusy = false;
    const next = this.#waiting.shift();
    if (this.socket.destroyed) this.#waiting.length = 0;
    else if (next !== undefined) this.#begin(next);
  };

  /** Bytes that the kernel has not taken, as the runtime reports. */
  get buffered(): number {
    return this.socket.writableLength;
  }

  /** Checks whether the kernel took anything since the last look. @returns since when it has taken nothing */
  look(now: Monotonic): Monotonic {
    const { socket } = this;
    if (socket.writableLength === 0) {
      this.movedAt = now;
    } else {
      const drained = socket.bytesWritten - socket.writableLength - (queueOf(socket) ?? 0);
      if (drained !== this.drained) this.movedAt = now;
      this.drained = drained;
    }
    return this.movedAt;
  }

  #begin(request: () => void): void {
    this.#isBusy = true;
    this.requests += 1;
    request();
  }
}

/** What libuv still has of the last write, where the runtime reports it: finer than whole writes, for a slow reader. */
function queueOf(socket: Socket): number | undefined {
  return (socket as { _handle?: { writeQueueSize?: number } | null })._handle?.writeQueueSize;
}
