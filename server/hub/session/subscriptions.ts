import type { Cursor } from '../../../client-sdk/protocol/cursor.ts';
import type { Subscribe } from '../../../client-sdk/protocol/upstream.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Prepared } from '../../socket/socket.ts';
import { type Entitlement, entitlementOf } from '../../stream/entitlement.ts';
import { isFiltered, viewOf } from '../../stream/view.ts';
import type { SubscriptionProgress } from '../connection/connections.ts';
import type { HubContext } from '../connection/context.ts';
import type { Outbox } from '../delivery/outbox.ts';
import { Subscriber } from '../delivery/subscriber.ts';
import { SubscribeRate } from './subscribe-rate.ts';

interface OpenSubscription {
  readonly request: Subscribe;
  readonly entitlement: Entitlement;
  readonly subscriber: Subscriber;
  acked: number;
}

export type SubscriptionsContext = Pick<
  HubContext,
  | 'channels'
  | 'clock'
  | 'cursors'
  | 'events'
  | 'health'
  | 'policy'
  | 'setTimer'
  | 'settings'
  | 'slices'
  | 'snapshots'
  | 'store'
>;

/**
 * The subscriptions of one connection. They catch up one after the other, so that a client that asks for sixteen large
 * snapshots and reads none keeps only one of them in memory.
 */
export class Subscriptions {
  readonly #context: SubscriptionsContext;
  readonly #outbox: Outbox;
  readonly #onFailure: (error: unknown) => void;
  readonly #onEnded: (progress: SubscriptionProgress) => void;
  readonly #entries = new Map<string, OpenSubscription>();
  readonly #rate: SubscribeRate;
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(
    context: SubscriptionsContext,
    outbox: Outbox,
    onFailure: (error: unknown) => void,
    onEnded: (progress: SubscriptionProgress) => void = () => undefined,
  ) {
    this.#context = context;
    this.#outbox = outbox;
    this.#onFailure = onFailure;
    this.#onEnded = onEnded;
    this.#rate = new SubscribeRate(context);
  }

  get size(): number {
    return this.#entries.size;
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  /**
   * Also counts subscriptions that were given up and still wait for their turn, so that a client cannot exceed the
   * limit by subscribing and unsubscribing.
   */
  get isFull(): boolean {
    const { maxSubscriptions } = this.#context.settings;
    return this.#entries.size >= maxSubscriptions || this.#waiting >= maxSubscriptions;
  }

  open(request: Subscribe, identity: Identity): void {
    const entitlement = entitlementOf(identity, request, this.#context.policy);
    if (entitlement === undefined) {
      this.#outbox.send({ type: 'unsubscribed', id: request.id, reason: 'forbidden' });
      return;
    }
    const subscriber = this.#follow(request, entitlement);
    this.#enqueue(() => subscriber.start(request.cursor));
  }

  close(id: string): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) this.#leave(entry);
    this.#entries.delete(id);
    this.#outbox.send({ type: 'unsubscribed', id, reason: 'requested' });
  }

  /**
   * Accepts any cursor of the stream, because we signed it: on another connection, or before this subscription was
   * reset, which its client need not know yet. @returns false if the cursor is not of this stream
   */
  ack(id: string, cursor: string): boolean {
    const entry = this.#entries.get(id);
    const { cursors } = this.#context;
    if (entry === undefined) return false;
    const place = cursors.read(cursor, entry.subscriber.stream, entry.subscriber.view);
    // The cursor is from before a restore: no client resumes from it any more.
    if (place === undefined) return cursors.isOfAnotherLog(cursor);
    entry.acked = Math.max(entry.acked, place.seq);
    return true;
  }

  /** Rights may have changed: ends the subscriptions that lost theirs, and restarts those whose view changed. */
  reconsider(identity: Identity): void {
    for (const [id, { request, entitlement, subscriber, acked }] of [...this.#entries]) {
      const now = entitlementOf(identity, request, this.#context.policy);
      if (now?.stream === entitlement.stream && now.visibility === entitlement.visibility) continue;
      this.#leave({ request, entitlement, subscriber, acked });
      this.#entries.delete(id);
      if (now === undefined || now.stream !== entitlement.stream) {
        this.#outbox.send({ type: 'unsubscribed', id, reason: 'revoked' });
      } else {
        const restarted = this.#follow(request, now);
        this.#enqueue(() => restarted.start(undefined, true));
      }
    }
  }

  /** The observer's state, and the place of each subscription that has one. */
  health(): Prepared {
    const isOperator = [...this.#entries.values()].some(({ subscriber }) => subscriber.stream === 'hosts');
    const health = this.#context.health[isOperator ? 'operators' : 'owners'];
    const places: { id: string; cursor: Cursor }[] = [];
    for (const [id, { subscriber }] of this.#entries) {
      const { cursor } = subscriber;
      if (cursor === undefined) continue;
      if (this.#entries.size === 1) return health.at(id, cursor);
      places.push({ id, cursor });
    }
    return health.of(places);
  }

  acknowledged(): SubscriptionProgress[] {
    return [...this.#entries.values()].map(progressOf);
  }

  end(): void {
    for (const entry of this.#entries.values()) this.#leave(entry);
    this.#entries.clear();
    this.#rate.end();
  }

  #leave(entry: OpenSubscription): void {
    entry.subscriber.end();
    this.#onEnded(progressOf(entry));
  }

  #follow(request: Subscribe, entitlement: Entitlement): Subscriber {
    const { channels, cursors, snapshots, slices, store, settings, events } = this.#context;
    const subscriber = new Subscriber({
      id: request.id,
      stream: entitlement.stream,
      view: viewOf(request, entitlement),
      outbox: this.#outbox,
      channels,
      cursors,
      snapshots,
      slices,
      store,
      maxReplay: settings.maxReplay,
      onFailure: this.#onFailure,
      onSynced: (how, reason) => events.subscribed?.(how, reason),
    });
    this.#entries.set(request.id, { request, entitlement, subscriber, acked: 0 });
    return subscriber;
  }

  #enqueue(start: () => Promise<void>): void {
    this.#waiting++;
    this.#queue = this.#queue
      .then(() => this.#rate.next())
      .then(start)
      .catch(this.#onFailure);
    void this.#queue.then(() => {
      this.#waiting--;
    });
  }
}

function progressOf({ subscriber, acked }: OpenSubscription): SubscriptionProgress {
  const { stream, seen, from, view } = subscriber;
  const { visibility: by } = view;
  return { stream, by, acked: Math.min(acked, seen), sent: seen, from, filtered: isFiltered(view) };
}
