import type { CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import type { Downstream, ErrorCode } from '../../../client-sdk/protocol/downstream.ts';
import type { Duration } from '../../domain/clock.ts';
import type { Prepared, SharedText, Socket } from '../../socket/socket.ts';
import type { SetTimer, Soon } from '../../timers.ts';

export interface OutboxOptions {
  /** Bytes that may wait until the kernel takes them. */
  readonly maxBacklog: number;
  /** Calls back after the event loop has turned once. */
  readonly soon: Soon;
  readonly setTimer: SetTimer;
  /** Called when this side closes the connection, before anything else happens. */
  readonly onClosing: (close: CloseCode) => void;
}

/** Below this backlog a replay continues. Small, so that live rows still fit beside it. */
const LOW_WATER = 64 * 1024;
/**
 * How long a reader may take for data written at once: a client that catches up keeps a whole snapshot in memory
 * meanwhile.
 */
const PATIENCE: Duration = 60_000;

/**
 * The writing side of one connection. The data that waits for a slow reader is bounded: above the bound it takes no
 * events, and if the kernel has not taken the data one turn later it closes the connection; the client resumes and
 * loses nothing. The extra turn matters, because a large commit may exceed the bound before the kernel was even asked.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #options: OutboxOptions;
  /** A copy for speed: every write reads it. */
  readonly #maxBacklog: number;
  #closed = false;
  #isChecking = false;

  constructor(socket: Socket, options: OutboxOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#maxBacklog = options.maxBacklog;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  get isFull(): boolean {
    return this.#socket.bufferedAmount > this.#maxBacklog;
  }

  /** Sends answers and notices, which are few and small. */
  send(frame: Downstream): void {
    this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    if (this.#closed) return;
    this.#socket.send(text);
    if (this.isFull) this.#checkNextTurn();
  }

  sendShared(text: SharedText): void {
    if (this.#closed) return;
    this.#socket.sendShared(text);
    if (this.isFull) this.#checkNextTurn();
  }

  /** Sends what is wrong, and closes the connection. */
  refuse(code: ErrorCode, message: string, close: CloseCode, id?: string): void {
    this.send({ type: 'error', code, message, ...(id === undefined ? {} : { id }) });
    this.close(close);
  }

  /** @returns false if the backlog is full: nothing was written, and the caller must try again */
  write(frame: Prepared): boolean {
    if (this.#closed) return false;
    if (this.isFull) {
      this.#checkNextTurn();
      return false;
    }
    this.#socket.write(frame);
    return true;
  }

  /** True if the reader has taken nearly everything. */
  get hasSpace(): boolean {
    return !this.#closed && this.#socket.bufferedAmount <= Math.min(LOW_WATER, this.#maxBacklog);
  }

  /** Waits until a slow reader has caught up. @returns false if the connection is closed */
  async space(): Promise<boolean> {
    while (!this.#closed && !this.hasSpace) {
      const cancel = this.#options.setTimer(() => this.close(CLOSE.slowConsumer), PATIENCE);
      await new Promise<void>((resolve) => this.#socket.drained(resolve));
      cancel();
    }
    return !this.#closed;
  }

  /** Closes the connection as too slow unless the caller calls the returned function in time. */
  closeAfter(time: Duration): () => void {
    return this.#options.setTimer(() => this.close(CLOSE.slowConsumer), time);
  }

  /** Resolves one turn of the event loop later. */
  turn(): Promise<void> {
    return new Promise((resolve) => this.#options.soon(resolve));
  }

  /** Like `write`, and pings the reader. */
  ping(and?: Prepared): void {
    if (this.#closed) return;
    const isFull = this.isFull;
    this.#socket.ping(isFull ? undefined : and);
    if (isFull) this.#checkNextTurn();
  }

  close(close: CloseCode): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.onClosing(close);
    this.#socket.close(close.code, close.reason);
  }

  /** The other side ended the connection. */
  ended(): void {
    this.#closed = true;
  }

  terminate(): void {
    this.#socket.terminate();
  }

  #checkNextTurn(): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    this.#options.soon(() => {
      this.#isChecking = false;
      if (this.isFull) this.close(CLOSE.slowConsumer);
    });
  }
}
