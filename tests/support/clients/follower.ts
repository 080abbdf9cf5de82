/**
 * Applications for tests, one for each transport: each keeps its cursor over its connections and records what it
 * learnt.
 */
import type { Downstream } from '../../../client-sdk/protocol/downstream.ts';
import type { StreamKind } from '../../../client-sdk/protocol/upstream.ts';
import type { Item, State } from '../../../server/stream/view.ts';
import type { StreamClient, StreamWorld } from '../stream-world.ts';
import type { SseReader } from './sse-reader.ts';

/** What one application learnt, over any transport. */
export type Learnt =
  | { readonly is: 'state'; readonly cursor: string; readonly items: readonly State[] }
  | { readonly is: 'changes'; readonly cursor: string; readonly items: readonly Item[] }
  /** Only a place. */
  | { readonly is: 'place'; readonly cursor: string };

export const WAYS = ['socket', 'events', 'poll'] as const;
export type Way = (typeof WAYS)[number];

export interface Follower {
  readonly token: string;
  readonly cursor: string | undefined;
  readonly learnt: readonly Learnt[];
  /** Connects again, from its cursor if it has one. */
  connect(): void;
  cut(): void;
  stall(): void;
  /** Reads on, connected. */
  goOn(): Promise<void>;
  /** Processes what has arrived. */
  take(): void;
}

export function follower(way: Way, w: StreamWorld, token: string, stream: StreamKind = 'project'): Follower {
  return way === 'socket'
    ? new OnSocket(w, token, stream)
    : way === 'events'
      ? new OnEvents(w, token, stream)
      : new OnPoll(w, token, stream);
}

abstract class OfFrames implements Follower {
  readonly token: string;
  readonly learnt: Learnt[] = [];
  cursor: string | undefined;
  /** Its subscription ended, or never began, because a right was missing. */
  protected isBarred = false;
  protected readonly w: StreamWorld;
  protected readonly stream: StreamKind;
  #parts: State[] = [];

  constructor(w: StreamWorld, token: string, stream: StreamKind) {
    this.w = w;
    this.token = token;
    this.stream = stream;
  }

  abstract connect(): void;
  abstract cut(): void;
  abstract stall(): void;
  abstract goOn(): Promise<void>;
  abstract take(): void;

  protected onFrame(frame: Downstream): void {
    if (this.isBarred && (frame.type === 'snapshot' || frame.type === 'synced' || frame.type === 'event'))
      throw new Error(`received after the end: ${JSON.stringify(frame)}`);
    if (frame.type === 'snapshot') {
      if (frame.part === 1) this.#parts = [];
      this.#parts.push(...frame.items);
    } else if (frame.type === 'synced') {
      const { cursor, how } = frame;
      this.#learn(how === 'resumed' ? { is: 'place', cursor } : { is: 'state', cursor, items: this.#parts });
    } else if (frame.type === 'event') {
      this.#learn({ is: 'changes', cursor: frame.cursor, items: frame.items });
    } else if (frame.type === 'health') {
      const cursor = frame.subscriptions[0]?.cursor;
      if (cursor !== undefined) this.#learn({ is: 'place', cursor });
    } else if (frame.type === 'unsubscribed') {
      if (frame.reason === 'requested') throw new Error(JSON.stringify(frame));
      this.isBarred = true;
    } else if (frame.type === 'error') {
      // An event stream says why it ends.
      if (!(this.isBarred && frame.code === 'forbidden')) throw new Error(JSON.stringify(frame));
    }
  }

  #learn(learnt: Learnt): void {
    this.learnt.push(learnt);
    this.cursor = learnt.cursor;
  }
}

class OnSocket extends OfFrames {
  #connection: StreamClient | undefined;
  #read = 0;

  connect(): void {
    this.cut();
    const connection = this.w.peer({ token: this.token });
    this.#connection = connection;
    this.#read = 0;
    this.isBarred = false;
    connection.ws.once('open', () => {
      connection.subscribe({
        stream: this.stream,
        ...(this.cursor === undefined ? {} : { cursor: this.cursor }),
      });
    });
  }

  cut(): void {
    this.take();
    this.#connection?.ws.terminate();
    this.#connection = undefined;
  }

  stall(): void {
    if (this.#connection?.ws.readyState === 1) this.#connection.stopReading();
  }

  async goOn(): Promise<void> {
    this.take();
    if (this.isBarred || this.#connection === undefined || this.#connection.ws.readyState > 1) this.connect();
    await this.#connection?.open();
    this.#connection?.resumeReading();
  }

  take(): void {
    const messages = this.#connection?.messages ?? [];
    while (this.#read < messages.length) this.onFrame(JSON.parse(messages[this.#read++] as string));
  }
}

class OnEvents extends OfFrames {
  #reader: SseReader | undefined;
  #read = 0;
  #lastEventId = '';

  connect(): void {
    this.cut();
    this.#read = 0;
    this.isBarred = false;
    this.#reader = this.w.reader(`?stream=${this.stream}`, {
      token: this.token,
      lastEventId: this.#lastEventId || undefined,
    });
  }

  /** As an EventSource does it: only complete events count, and their ids. */
  cut(): void {
    this.take();
    if (this.#reader === undefined) return;
    this.#lastEventId = this.#reader.lastEventId || this.#lastEventId;
    this.#reader.cut();
    this.#reader = undefined;
  }

  stall(): void {
    this.#reader?.stopReading();
  }

  async goOn(): Promise<void> {
    if (this.#reader === undefined || this.#reader.hasEnded) this.connect();
    this.#reader?.resumeReading();
  }

  take(): void {
    const { events = [] } = this.#reader ?? {};
    while (this.#read < events.length) this.onFrame(JSON.parse(events[this.#read++]?.data ?? ''));
  }
}

class OnPoll implements Follower {
  readonly token: string;
  readonly learnt: Learnt[] = [];
  cursor: string | undefined;
  readonly #w: StreamWorld;
  readonly #stream: StreamKind;
  #abort: AbortController | undefined;

  constructor(w: StreamWorld, token: string, stream: StreamKind) {
    this.#w = w;
    this.token = token;
    this.#stream = stream;
  }

  connect(): void {
    this.cut();
    const abort = new AbortController();
    this.#abort = abort;
    void this.#pollOn(abort.signal);
  }

  cut(): void {
    this.#abort?.abort();
    this.#abort = undefined;
  }

  stall(): void {}

  async goOn(): Promise<void> {
    if (this.#abort === undefined) this.connect();
  }

  take(): void {}

  async #pollOn(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const from = this.cursor;
        const query = `?stream=${this.#stream}${from === undefined ? '' : `&wait=30&after=${from}`}`;
        const { status, json } = await this.#w.poll(query, this.token, signal);
        if (signal.aborted) return;
        if (status === 410) this.cursor = undefined;
        else if (status === 403) {
          this.#abort = undefined;
          return;
        } else if (status !== 200) throw new Error(`${status} ${JSON.stringify(json)}`);
        else this.#learn({ is: json.how === 'snapshot' ? 'state' : 'changes', ...json });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #learn(learnt: Learnt): void {
    this.learnt.push(learnt);
    this.cursor = learnt.cursor;
  }
}
