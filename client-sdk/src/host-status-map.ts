import type { StreamKind } from '../protocol/upstream.ts';
import type { Client } from './client.ts';
import { UsageError } from './errors.ts';
import type { ChangeOf, ResetCause, ResetItem, SnapshotItem, StateOf } from './stream-types.ts';
import { idOf, isSame, stateAfter } from './subscription/item-state.ts';
import { deferred } from './support/deferred.ts';
import { Emitter } from './support/emitter.ts';

/** A change of one server (or service). */
export interface MapChange<K extends StreamKind = 'project'> {
  readonly id: string;
  /** The state before; undefined for a new server. */
  readonly before: StateOf<K> | undefined;
  /** The state now; undefined for a removed server. */
  readonly after: StateOf<K> | undefined;
  /** The change, or the reset that replaced the state. */
  readonly by: ChangeOf<K> | { readonly reset: ResetCause };
}

export type MapEvents<K extends StreamKind = 'project'> = {
  change: MapChange<K>;
  /** `stale` changed. */
  stale: boolean;
};

/**
 * The present state of every server of the stream, kept current: the snapshot, then every change on top of it. A reset
 * replaces everything and emits the differences as changes. By `server_id`, on the stream `hosts` by `service_id`.
 */
export class HostStatusMap<K extends StreamKind = 'project'> implements Iterable<[string, StateOf<K>]> {
  readonly client: Client<K>;
  readonly #emitter = new Emitter<MapEvents<K>>();
  readonly #synced = deferred<void>();
  #states = new Map<string, StateOf<K>>();
  #stale = true;

  /**
   * Create it in the same turn as the client; otherwise it misses the snapshot.
   * @throws UsageError if the client resumes from a cursor (then no snapshot comes) or has already started
   */
  constructor(client: Client<K>) {
    if (client.cursor !== undefined || client.state !== 'idle') {
      throw new UsageError(
        'a HostStatusMap needs a client that has just been created, without the option "cursor"',
      );
    }
    this.client = client;
    client.on('snapshot', (item) => this.#replace(item));
    client.on('reset', (item) => this.#replace(item));
    client.on('change', (change) => this.#apply(change));
    client.on('tracker', () => this.#judge());
    client.on('state', () => this.#judge());
    // It resolves with the map's content; the client's promise only adds the rejections.
    client.synced.catch((error) => this.#synced.reject(error));
    this.#synced.promise.catch(() => {});
  }

  /** Resolves when the map has been filled; rejects if the server refuses, or on close before. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  /**
   * True while the map may lag behind the truth: not connected, still catching up, or hostbeat itself is not sweeping
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

  /** @returns a function that stops listening */
  on<Name extends keyof MapEvents<K>>(name: Name, listener: (value: MapEvents<K>[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  #replace(item: SnapshotItem<K> | ResetItem<K>): void {
    const old = this.#states;
    const states = ('servers' in item ? item.servers : item.services) as readonly StateOf<K>[];
    this.#states = new Map(states.map((state) => [idOf(state), state]));
    this.#synced.resolve();
    // A snapshot comes only at the beginning.
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
    // A change that leads out of the filter is the server's last; keeping its state would show it for ever.
    const after = left !== undefined && this.#isShown(left) ? left : undefined;
    if (before === undefined && after === undefined) return;
    if (after === undefined) this.#states.delete(id);
    else this.#states.set(id, after);
    this.#emitter.emit('change', { id, before, after, by: change });
  }

  /** Whether the client's filter shows the state. A filter by status also shows a fact that another status hides. */
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
