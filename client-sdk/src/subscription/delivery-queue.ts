import type { StreamKind } from '../../protocol/upstream.ts';
import type { Consumer } from '../client-events.ts';
import type { HostbeatError } from '../errors.ts';
import type { Delivery, WatchItem } from '../stream-types.ts';
import { type Deferred, deferred } from '../support/deferred.ts';

export interface Taking<K extends StreamKind> {
  readonly item: WatchItem<K>;
  /** The application has taken it. */
  readonly done: () => void;
}

/**
 * A queue between the stream, which cannot wait, and the application, which may be slow. Has at most `limit` items and
 * one frame; above the limit the producer is asked to stop, and when half is taken to continue.
 */
export class DeliveryQueue<K extends StreamKind> implements Consumer<K> {
  readonly #limit: number;
  #items: (Taking<K> | undefined)[] = [];
  #first = 0;
  #progress: (() => void) | undefined;
  #wake: (() => void) | undefined;
  #drained: Deferred<void> | undefined;
  #end: { readonly error: HostbeatError | undefined } | undefined;
  /** The item that was handed out and is not yet taken. */
  #open = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#items.length - this.#first;
  }

  accept(delivery: Delivery<K>, taken: () => void): Promise<void> | undefined {
    if (delivery.type === 'state') this.#push(delivery.item as WatchItem<K>, taken);
    else if (delivery.type === 'event') this.#acceptEvent(delivery, taken);
    else this.#acceptProgress(taken);
    this.#wakeUp();
    if (this.size <= this.#limit) return undefined;
    this.#drained ??= deferred();
    return this.#drained.promise;
  }

  /** No more will come. Queued items are still delivered; then `error` is thrown, or the iterator ends. */
  end(error?: HostbeatError): void {
    this.#end ??= { error };
    this.#wakeUp();
  }

  /**
   * Resolves with the next item; undefined at the end.
   * @throws the HostbeatError with which the stream ended
   */
  async take(): Promise<Taking<K> | undefined> {
    for (;;) {
      const taking = this.#shift();
      if (taking !== undefined) return taking;
      if (this.#end?.error) throw this.#end.error;
      if (this.#end) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #acceptEvent(event: Extract<Delivery<K>, { type: 'event' }>, taken: () => void): void {
    const last = event.changes.length - 1;
    if (last < 0) this.#acceptProgress(taken);
    event.changes.forEach((change, index) => {
      const item = { type: 'change', seq: event.seq, change } as WatchItem<K>;
      this.#push(item, index === last ? taken : () => {});
    });
  }

  /** Counts when all items before it are taken; the newest covers earlier ones. */
  #acceptProgress(taken: () => void): void {
    if (this.size === 0 && this.#open === 0) taken();
    else this.#progress = taken;
  }

  #push(item: WatchItem<K>, taken: () => void): void {
    // Later items cover a progress mark.
    this.#progress = undefined;
    this.#items.push({ item, done: () => this.#onDone(taken) });
  }

  #onDone(taken: () => void): void {
    this.#open -= 1;
    taken();
    if (this.size > 0 || this.#open > 0) return;
    this.#progress?.();
    this.#progress = undefined;
  }

  #shift(): Taking<K> | undefined {
    const taking = this.#items[this.#first];
    if (taking === undefined) return undefined;
    this.#items[this.#first++] = undefined;
    this.#open += 1;
    // Cut only now and then: each shift of a long array costs its length.
    if (this.#first > 1_000 || this.#first === this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
    if (this.#drained !== undefined && this.size <= this.#limit / 2) {
      this.#drained.resolve();
      this.#drained = undefined;
    }
    return taking;
  }

  #wakeUp(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
