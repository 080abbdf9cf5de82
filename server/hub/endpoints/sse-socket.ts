/**
 * Server-Sent Events behind the hub's `Socket` port: each frame becomes one event, with the frame's type as its name
 * and its cursor as its id. Bytes wait here until the reader takes them, so that the hub sees, bounds and cuts a slow
 * reader like a slow WebSocket.
 */
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import type { Duration } from '../../domain/clock.ts';
import type { Prepared, SharedText, Socket, SocketEvents } from '../../socket/socket.ts';
import type { SetTimer, Soon } from '../../timers.ts';

/** Bytes handed to the runtime at a time: it would buffer more of them, where we cannot count them. */
const PIECE = 64 * 1024;
/** How long a reader may take for the waiting bytes when we close. */
const CLOSE_PATIENCE: Duration = 2_000;
/** A reader that reconnects by itself waits this long, plus at most the same again. */
const RETRY: Duration = 1_000;

export interface SseOptions {
  readonly setTimer: SetTimer;
  readonly soon: Soon;
  /** 0 <= x < 1. */
  readonly random: () => number;
}

export class SseSocket implements Socket {
  readonly body: ReadableStream<Uint8Array>;
  readonly #options: SseOptions;
  readonly #hangUp: () => void;
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** The reader has taken everything and wants more. */
  #hungry = false;
  #flushing = false;
  #whenDrained: (() => void)[] = [];
  #events: SocketEvents | undefined;
  #closing: number | undefined;
  /** Close code that ended it. */
  #ended: number | undefined;
  #cancelPatience: () => void = () => undefined;

  /** @param hangUp ends the connection at once; without it, the answer is cut off */
  constructor(options: SseOptions, hangUp?: () => void) {
    this.#options = options;
    this.#hangUp = hangUp ?? (() => this.#controller?.error(new Error('the connection was ended')));
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#hungry = true;
          this.#flush();
        },
        cancel: () => this.#end(1006),
      },
      { highWaterMark: 0 },
    );
    this.#put(encoder.encode(retryIn(RETRY * (1 + options.random()))));
  }

  /** Sets the handlers; also reports an end that came before. */
  listen(events: SocketEvents): void {
    this.#events = events;
    if (this.#ended !== undefined) events.closed(this.#ended);
  }

  send(text: string): void {
    const type = typeOf(text);
    const retry = type === 'drain' ? this.#retryAfterDrain(text) : '';
    this.#put(encoder.encode(retry + eventOf(type, text)));
    if (type !== 'unsubscribed') return;
    // An SSE reader has no other subscription, and no way to request one. Every close that means "stop" says why first.
    const message = 'the token may not follow this stream any more';
    this.#put(
      encoder.encode(eventOf('error', JSON.stringify({ type: 'error', code: 'forbidden', message }))),
    );
    this.close(CLOSE.forbidden.code, CLOSE.forbidden.reason);
  }

  sendShared({ head, middle, tail }: SharedText): void {
    this.#put(encoder.encode(beginningOf(typeOf(head), head)));
    this.#put(middle);
    this.#put(encoder.encode(`${tail}\n\n`));
  }

  write(frame: Prepared): void {
    this.#put(encoded(frame));
  }

  get bufferedAmount(): number {
    return this.#bytes;
  }

  drained(then: () => void): void {
    if (this.#isIdle() || this.#ended !== undefined) this.#options.soon(then);
    else this.#whenDrained.push(then);
  }

  /** Sends a comment: it keeps proxies from closing the connection, and shows that the reader still reads. */
  ping(and?: Prepared): void {
    this.#put(COMMENT);
    if (and !== undefined) this.write(and);
    this.drained(() => {
      if (this.#ended === undefined) this.#events?.pong();
    });
  }

  close(code: number, reason: string): void {
    if (this.#closing !== undefined || this.#ended !== undefined) return;
    this.#put(encoder.encode(eventOf('close', JSON.stringify({ type: 'close', code, reason }))));
    this.#closing = code;
    this.#cancelPatience = this.#options.setTimer(() => this.terminate(), CLOSE_PATIENCE);
  }

  terminate(): void {
    if (this.#ended !== undefined) return;
    this.#end(this.#closing ?? 1006);
    this.#hangUp();
  }

  #put(bytes: Uint8Array): void {
    if (this.#closing !== undefined || this.#ended !== undefined) return;
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (!this.#hungry || this.#flushing) return;
    // All writes of one turn go out in one piece.
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (!this.#hungry || this.#ended !== undefined) return;
    if (this.#waiting.length > 0) {
      this.#hungry = false;
      this.#controller?.enqueue(this.#take());
      return;
    }
    for (const then of this.#whenDrained.splice(0)) this.#options.soon(then);
    if (this.#closing === undefined) return;
    this.#controller?.close();
    this.#end(this.#closing);
  }

  #take(): Uint8Array {
    let count = 0;
    let bytes = 0;
    for (const { length } of this.#waiting) {
      // Joining copies, so what many readers share goes alone.
      if (count > 0 && (bytes >= PIECE || length >= PIECE)) break;
      bytes += length;
      count += 1;
    }
    this.#bytes -= bytes;
    const pieces = this.#waiting.splice(0, count);
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces, bytes);
  }

  #isIdle(): boolean {
    return this.#hungry && this.#waiting.length === 0;
  }

  #retryAfterDrain(text: string): string {
    const [least, most] = (JSON.parse(text) as { reconnect_in_ms: [number, number] }).reconnect_in_ms;
    return retryIn(least + this.#options.random() * (most - least));
  }

  #end(code: number): void {
    if (this.#ended !== undefined) return;
    this.#ended = code;
    this.#cancelPatience();
    this.#waiting.length = 0;
    this.#bytes = 0;
    for (const then of this.#whenDrained.splice(0)) this.#options.soon(then);
    this.#events?.closed(code);
  }
}

const encoder = new TextEncoder();
const COMMENT = encoder.encode(':\n\n');
/** A commit is encoded once, however many readers it has. */
const made = new WeakMap<Prepared, Uint8Array>();

function encoded(frame: Prepared): Uint8Array {
  const known = made.get(frame);
  if (known !== undefined) return known;
  const bytes = encoder.encode(frame.texts.map((text) => eventOf(typeOf(text), text)).join(''));
  made.set(frame, bytes);
  return bytes;
}

function retryIn(ms: number): string {
  return `retry: ${Math.round(ms)}\n`;
}

function eventOf(type: string, text: string): string {
  const cursor = RESUMABLE.has(type) ? CURSOR.exec(text)?.[1] : undefined;
  return `${beginningOf(type, text, cursor)}\n\n`;
}

function beginningOf(type: string, text: string, cursor?: string): string {
  return `event: ${type === 'error' ? ERROR_EVENT : type}\n${cursor === undefined ? '' : `id: ${cursor}\n`}data: ${text}`;
}

/** `EventSource` fires an event "error" when its connection fails: no frame of ours may have that name. */
const ERROR_EVENT = 'problem';

/** After these events a reader may resume from the cursor. Not after a part of a snapshot. */
const RESUMABLE: ReadonlySet<string> = new Set(['synced', 'event', 'health']);
/** Frames are our own JSON, on one line, and a quotation mark within a value is escaped. */
const CURSOR = /"cursor":"([^"]+)"/;

function typeOf(text: string): string {
  return /^\{"type":"(\w+)"/.exec(text)?.[1] ?? 'message';
}
