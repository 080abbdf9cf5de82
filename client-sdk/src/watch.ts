/**
 * The guarantee:
 *
 * 1. The first item is the present state (`snapshot`), unless a cursor was given and could be resumed.
 * 2. After it comes every change the server committed, each once, in the server's order, over any number of
 *    disconnects, restarts of the server and pauses of your program.
 * 3. If the server no longer has the changes in between, one `reset` says so, with the reason and the whole
 *    present state; nothing is ever left out silently.
 * 4. An item counts as taken when you ask for the one after it, and only then does the cursor move past it: a program
 *    that keeps the cursor and dies sees at its next start what it had not finished, and nothing older.
 * 5. A quiet stream means that nothing changed only while `client.state` is `live` and `client.tracker` is `ok`.
 * 6. It ends with an error only if the server refuses for good, and without one only if you close it.
 */
import type { StreamKind } from '../protocol/upstream.ts';
import { Client } from './client.ts';
import { UsageError } from './errors.ts';
import type { ClientOptions } from './options.ts';
import type { WatchItem } from './stream-types.ts';
import { DeliveryQueue, type Taking } from './subscription/delivery-queue.ts';
import { checkCount } from './support/numbers.ts';
import { PromptIterator } from './support/prompt-iterator.ts';

export interface WatchOptions<K extends StreamKind = 'project'> extends ClientOptions<K> {
  /**
   * How many items may wait for a slow consumer, default 10 000. Above it the connection is given up, since a WebSocket
   * cannot be asked to wait, and resumed from the log when half has been taken: memory is bounded and nothing is lost.
   */
  readonly maxBuffered?: number | undefined;
}

/** Can be iterated once. */
export class Watch<K extends StreamKind = 'project'> implements AsyncIterable<WatchItem<K>>, AsyncDisposable {
  /** For its state, tracker, cursor and errors. */
  readonly client: Client<K>;
  readonly #queue: DeliveryQueue<K>;
  #iterated = false;

  /** @throws UsageError for an option that cannot work */
  constructor(options: WatchOptions<K>) {
    checkCount('maxBuffered', options.maxBuffered);
    this.#queue = new DeliveryQueue(options.maxBuffered ?? 10_000);
    this.client = new Client(options, this.#queue);
    this.client.on('state', (state) => {
      if (state === 'stopped') this.#queue.end(this.client.error);
      if (state === 'closed') this.#queue.end();
    });
  }

  /**
   * Leaving the loop closes the client and waits for nothing; the current item counts as not taken. `close()` waits
   * until the newest cursor is stored.
   * `next()` throws HostbeatError when the server refuses for good; UsageError the second time.
   */
  [Symbol.asyncIterator](): AsyncGenerator<WatchItem<K>, void, undefined> {
    const isSecond = this.#iterated;
    this.#iterated = true;
    let last: Taking<K> | undefined;
    const take = async (): Promise<IteratorResult<WatchItem<K>, void>> => {
      if (isSecond) throw new UsageError('a watch is iterated once: call watch() again');
      last?.done();
      last = await this.#queue.take();
      if (last === undefined) return { done: true, value: undefined };
      return { done: false, value: last.item };
    };
    return new PromptIterator(take, () => {
      if (!isSecond) void this.client.close();
    });
  }

  /** Ends the iteration after the items that have arrived. */
  close(): Promise<void> {
    return this.client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Follows a stream: `for await (const item of watch({ url, token }))`. Connects at once.
 * @throws UsageError for an option that cannot work
 */
export function watch<K extends StreamKind = 'project'>(options: WatchOptions<K>): Watch<K> {
  return new Watch(options);
}
