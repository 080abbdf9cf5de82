import type { StreamKind } from '../../protocol/upstream.ts';
import type { ClientEvents, Consumer } from '../client-events.ts';
import type { ClientOptions } from '../options.ts';
import type { Delivery } from '../stream-types.ts';
import type { Emitter } from '../support/emitter.ts';
import { CursorKeeper } from './cursor-keeper.ts';

/** From the stream to the application: tells its listeners, gives to its consumer, and knows what it has taken. */
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

  /** Everything up to here was taken. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** @returns if the consumer can take no more for now, what resolves when it can again */
  hand(deliveries: readonly Delivery<K>[]): Promise<void> | undefined {
    let drained: Promise<void> | undefined;
    for (const delivery of deliveries) {
      // A listener may have closed the client between two of them.
      if (this.#closed) return undefined;
      this.#announce(delivery);
      const taken = () => this.#take(delivery.cursor);
      if (this.#consumer) drained = this.#consumer.accept(delivery, taken);
      else taken();
    }
    return drained;
  }

  /** Hands on nothing more; what is still taken counts. */
  close(): void {
    this.#closed = true;
  }

  /** Resolves when the application has kept the newest cursor. */
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
