/**
 * The stream by long polls, for networks that block both WebSockets and endless bodies. The client sees the frames of a
 * socket. Loaded only when it is needed.
 */
import { type EventStreamOptions, filterOf, refusalOf } from './event-stream.ts';
import type { SocketHandlers, Transport } from './socket.ts';

/**
 * Seconds that a poll waits at the server. Shorter than the time limit of most proxies; each answer is a sign of life.
 */
const WAIT_S = 20;
/**
 * Milliseconds before the next poll if the last was answered at once and with nothing, so that no answer makes a busy
 * loop.
 */
const PAUSE_MS = 500;
const ID = 'stream';

type Body = Record<string, unknown> & {
  readonly cursor: string;
  readonly items: readonly (object & { readonly seq: number })[];
  readonly health: { readonly observer: string };
};

export class LongPoll implements Transport {
  readonly #abort = new AbortController();
  readonly #options: EventStreamOptions;
  #handlers: SocketHandlers | undefined;
  #cursor: string | undefined;
  #hasWelcome = false;
  #synced = false;

  constructor(options: EventStreamOptions, handlers: SocketHandlers) {
    this.#options = options;
    this.#handlers = handlers;
    this.#cursor = options.cursor;
    this.#run().catch((error: unknown) =>
      this.#end(1006, error instanceof Error ? error.message : String(error)),
    );
  }

  /** The next poll is the only thing sent to the server. */
  send(): boolean {
    return false;
  }

  async giveUp(): Promise<void> {
    this.#handlers = undefined;
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    let reason: unknown;
    while (this.#handlers !== undefined) {
      const asked = Date.now();
      const answer = await this.#ask();
      if (answer.status === 410) {
        ({ reason } = ((await answer.json()) as { error: { reason?: unknown } }).error);
        this.#cursor = undefined;
        continue;
      }
      if (!answer.ok) return this.#refused(answer);
      const body = (await answer.json()) as Body;
      this.#welcome(body);
      if (body.how === 'snapshot') this.#showSnapshot(body, reason);
      else this.#showChanges(body);
      reason = undefined;
      const isEmpty = body.how === 'resumed' && body.items.length === 0 && body.more !== true;
      if (isEmpty && Date.now() - asked < PAUSE_MS) await pause(PAUSE_MS, this.#abort.signal);
    }
  }

  #ask(): Promise<Response> {
    const { url, token, fetch = globalThis.fetch.bind(globalThis) } = this.#options;
    const query = filterOf(this.#options);
    if (this.#cursor !== undefined) {
      query.set('after', this.#cursor);
      // The first answer confirms that everything up to now was seen: it must not wait for a change.
      if (this.#synced) query.set('wait', String(WAIT_S));
    }
    return fetch(`${url}/v1/changes?${query}`, {
      headers: { accept: 'application/json', 'x-auth-token': token },
      cache: 'no-store',
      redirect: 'manual',
      signal: this.#abort.signal,
    });
  }

  /** A token that was valid and is refused now has ended: fetch another. */
  async #refused(answer: Response): Promise<void> {
    const [code, reason] = await refusalOf(answer);
    this.#end(code === 4401 && this.#hasWelcome ? 4103 : code, reason);
  }

  #welcome({ health }: Body): void {
    if (this.#hasWelcome) return;
    this.#hasWelcome = true;
    this.#handlers?.onOpen();
    const { observer } = health;
    this.#frame({ type: 'welcome', session: 'poll', health_interval_ms: WAIT_S * 1_000, observer });
  }

  #showSnapshot(body: Body, reason: unknown): void {
    this.#cursor = body.cursor;
    this.#frame({ type: 'snapshot', id: ID, part: 1, last: true, items: body.items });
    this.#reportSynced(body, reason === undefined ? 'snapshot' : 'reset', reason);
  }

  /** An answer has one cursor, after its last item: earlier items go with the cursor of the request. */
  #showChanges(body: Body): void {
    const before = this.#cursor;
    this.#cursor = body.cursor;
    const last = body.items.at(-1)?.seq;
    const rows = new Map<number, object[]>();
    for (const { seq, ...item } of body.items) rows.set(seq, [...(rows.get(seq) ?? []), item]);
    for (const [seq, items] of rows)
      this.#frame({ type: 'event', id: ID, cursor: seq === last ? body.cursor : before, seq, items });
    if (body.more !== true && !this.#synced) this.#reportSynced(body, 'resumed');
    else this.#health(body);
  }

  /** Under a policy that hides items, numbers skip, and an answer does not say so: a hole is not a loss here. */
  #reportSynced({ cursor, epoch, seq, health }: Body, how: string, reason?: unknown): void {
    this.#synced = true;
    this.#frame({ type: 'synced', id: ID, cursor, epoch, seq, how, reason, sparse: true });
    this.#health({ cursor, health });
  }

  #health({ cursor, health }: Pick<Body, 'cursor' | 'health'>): void {
    this.#frame({ ...health, type: 'health', subscriptions: [{ id: ID, cursor }] });
  }

  #frame(frame: object): void {
    this.#handlers?.onFrame(JSON.stringify(frame));
  }

  #end(code: number, reason: string): void {
    const last = this.#handlers;
    void this.giveUp();
    last?.onClosed(code, reason);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
