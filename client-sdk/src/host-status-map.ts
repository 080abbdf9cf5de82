import type { StreamKind } from '../protocol/upstream.ts';
import type { Client } from './client.ts';
import { UsageError } from './errors.ts';
import type { ChangeOf, ResetCause, ResetItem, SnapshotItem, StateOf } from './stream-types.ts';
import { idOf, isSame, stateAfter } from './subscription/item-state.ts';
import { deferred } from './support/deferred.ts';
import { Emitter } from './support/emitter.ts';

/** What became of one server (or service). */
export interface MapChange<K extends StreamKind = 'project'> {
  readonly id: string;
  /** Undefined: it was not there before. */
  readonly before: StateOf<K> | undefined;
  /** Undefined: it is gone. */
  readonly after: StateOf<K> | undefined;
  /** What happened, or why it is only known that something did. */
  readonly by: ChangeOf<K> | { readonly reset: ResetCause };
}

export type MapEvents<K extends StreamKind = 'project'> = {
  change: MapChange<K>;
  /** `stale` became another value. */
  stale: boolean;
};

/**
 * The present state of every server of the stream, kept current: the snapshot, then every change on top of it. A reset
 * replaces everything and tells the differences as changes. By `server_id`, on the stream `hosts` by `service_id`.
 */
export class HostStatusMap<K extends StreamKind = 'project'> implements Iterable<[string, StateOf<K>]> {
  readonly client: Client<K>;
  readonly #emitter = new Emitter<MapEvents<K>>();
  readonly #synced = deferred<void>();
  #states = new Map<string, StateOf<K>>();
  #stale = true;

  /**
   * Is to be made in the same turn as the client, or the snapshot is missed.
   * @throws UsageError if the client resumes from a cursor (then no snapshot comes) or has begun already
   */
  constructor(client: Client<K>) {
    if (client.cursor !== undefined || client.state !== 'idle') {
      throw new UsageError(
        'a HostStatusMap needs a client that has just been made, without the option "cursor"',
      );
    }
    this.client = client;
    client.on('snapshot', (item) => this.#replace(item));
    client.on('reset', (item) => this.#replace(item));
    client.on('change', (change) => this.#apply(change));
    client.on('tracker', () => this.#judge());
    client.on('state', () => this.#judge());
    // It settles with the map's own content; the client's promise only adds the ways in which it never comes.
    client.synced.catch((error) => this.#synced.reject(error));
    this.#synced.promise.catch(() => {});
  }

  /** Resolves when the map has been filled; rejects if the server refuses, or on close before. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /**
   * True while the map may lag behind the truth: not connected, still catching up, or hostbeat itself is not looking
   * (`paused`) or has not said so (`unknown`, also before the first `health`).
   */
  get stale(): boolean {
    return this.#stale;
  }

  get size(): number {
    return this.#states.size;
  }

  get(id: string): StateOf<K> | undefined {
    return this.#states.get(id) ?? this.#states.get(id.toLowerCase());
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  values(): IterableIterator<StateOf<K>> {
    return this.#states.values();
  }

  [Symbol.iterator](): IterableIterator<[string, StateOf<K>]> {
    return this.#states.entries();
  }

  /** @returns how to stop listening */
  on<Name extends keyof MapEvents<K>>(name: Name, listener: (value: MapEvents<K>[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  #replace(item: SnapshotItem<K> | ResetItem<K>): void {
    const old = this.#states;
    const states = ('servers' in item ? item.servers : item.services) as readonly StateOf<K>[];
    this.#states = new Map(states.map((state) => [idOf(state), state]));
    this.#synced.resolve();
    // A snapshot is only ever the beginning.
    if (item.type === 'snapshot') return;
    const by = { reset: item.reason };
    for (const [id, before] of old) {
      if (!this.#states.has(id)) this.#emitter.emit('change', { id, before, after: undefined, by });
    }
    for (const [id, after] of [...this.#states]) {
      const before = old.get(id);
      if (!isSame(before, after)) this.#emitter.emit('change', { id, before, after, by });
    }
  }

  #apply(change: ChangeOf<K>): void {
    const id = idOf(change);
    const before = this.#states.get(id);
    const gone = change.kind.endsWith('_removed') || change.to === null;
    const left = gone ? undefined : (stateAfter(before, change) as StateOf<K>);
    // What leads out of the filter is the last that is sent of it: to keep it would be to believe it for ever.
    const after = left !== undefined && this.#isShown(left) ? left : undefined;
    if (before === undefined && after === undefined) return;
    if (after === undefined) this.#states.delete(id);
    else this.#states.set(id, after);
    this.#emitter.emit('change', { id, before, after, by: change });
  }

  /** Does the client's filter show it? One that asks for a status is also shown the fact that another status hides. */
  #isShown({ host_status, facts }: StateOf<K>): boolean {
    const wanted = this.client.filter.hostStatus;
    if (wanted === undefined) return true;
    return (
      (host_status !== undefined && wanted.includes(host_status)) ||
      (wanted.includes('DOWN') && facts?.forced_down === true) ||
      (wanted.includes('MAINTENANCE') && facts?.disabled === true)
    );
  }

  #judge(): void {
    const { state, tracker } = this.client;
    const stale = state !== 'live' || tracker === 'unknown' || tracker === 'paused';
    if (stale === this.#stale) return;
    this.#stale = stale;
    this.#emitter.emit('stale', stale);
  }
}
