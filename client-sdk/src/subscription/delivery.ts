import type { StreamKind } from '../../protocol/upstream.ts';
import type { ClientEvents, Consumer } from '../client-events.ts';
import type { ClientOptions } from '../options.ts';
import type { Delivery } from '../stream-types.ts';
import type { Emitter } from '../support/emitter.ts';
import { CursorKeeper } from './cursor-keeper.ts';

/** Passes items from the stream to the application's listeners and consumer, and knows what they have taken. */
export class ItemDelivery<K extends StreamKind> {
  readonly #emitter: Emitter<ClientEvents<K>>;
  readonly #consumer: Consumer<K> | undefined;
  readonly #keeper: CursorKeeper | undefined;
  readonly #onTaken: () => void;
  #cursor: string | undefined;
  #closed = false;

  constructor(
    { cursor, onCursor }: Pick<ClientOptions<K>, 'cursor' | 'onCursor'>,
    emitter: Emitter<ClientEvents<K>>,
    consumer: Consumer<K> | undefined,
    onTaken: () => void,
  ) {
    this.#cursor = cursor;
    this.#emitter = emitter;
    this.#consumer = consumer;
    this.#onTaken = onTaken;
    if (onCursor) this.#keeper = new CursorKeeper(onCursor, (error) => emitter.emit('error', error));
  }

  /** The application has taken everything up to this cursor. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** @returns a promise if the consumer can take no more for now; it resolves when it can again */
  deliver(deliveries: readonly Delivery<K>[]): Promise<void> | undefined {
    let drained: Promise<void> | undefined;
    for (const delivery of deliveries) {
      // A listener may have closed the client between two items.
      if (this.#closed) return undefined;
      this.#announce(delivery);
      const taken = () => this.#take(delivery.cursor);
      if (this.#consumer) drained = this.#consumer.accept(delivery, taken);
      else taken();
    }
    return drained;
  }

  /** Delivers nothing more; items that are still taken count. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when the application has stored the newest cursor. */
  async settled(): Promise<void> {
    await this.#keeper?.settled();
  }

  #announce(delivery: Delivery<K>): void {
    if (delivery.type === 'event') {
      const { seq, cursor, changes } = delivery;
      this.#emitter.emit('event', { seq, cursor, changes });
      for (const change of changes) this.#emitter.emit('change', change);
    } else if (delivery.type === 'state') {
      const { item } = delivery;
      this.#emitter.emit(item.type, item as never);
    }
  }

  #take(cursor: string | undefined): void {
    if (cursor === undefined) return;
    this.#cursor = cursor;
    this.#emitter.emit('cursor', cursor);
    this.#keeper?.save(cursor);
    this.#onTaken();
  }
}
