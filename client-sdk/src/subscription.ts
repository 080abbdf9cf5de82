import type { Event, Snapshot, Synced } from '../protocol/downstream.ts';
import type { StreamKind } from '../protocol/upstream.ts';
import { GapError, ProtocolError } from './errors.ts';
import type { ChangeOf, Delivery, ResetItem, SnapshotItem, StateOf } from './stream-types.ts';

type Kind = ChangeOf<'project'>['kind'] | ChangeOf<'hosts'>['kind'];
/** The kinds this client knows. Others come from a newer server and are passed over, as the protocol asks. */
const KINDS: Record<Kind, true> = {
  transition: true,
  annotation: true,
  server_added: true,
  server_removed: true,
  service_added: true,
  service_removed: true,
  maintenance: true,
};

/**
 * The order of one stream over many connections, without I/O: takes frames, gives what is to be handed on. It
 * recognises what it has seen by seq, refuses holes, and knows the cursor with which to resume.
 *
 * A stream is dense: seq n is followed by n+1, unless the server leaves items out on purpose, because of a filter that
 * was asked for or because the policy shows this owner only a part. What is left out cannot be told from what was lost;
 * so a hole is first taken for a loss, and believed only if the server, asked again from before it, repeats it.
 */
export class Subscription<K extends StreamKind> {
  readonly #stream: K;
  readonly #filtered: boolean;
  #cursor: string | undefined;
  /** Unknown after a snapshot and with a cursor from outside: a cursor is opaque. */
  #seq: number | undefined;
  #sparse: boolean;
  #doubted: GapError | undefined;
  #snapshot: StateOf<K>[] | undefined;
  #part = 0;
  #complete = false;
  #behindSnapshot: Event[] = [];

  constructor(stream: K, options: { readonly filtered: boolean; readonly cursor: string | undefined }) {
    this.#stream = stream;
    this.#filtered = options.filtered;
    this.#sparse = options.filtered;
    this.#cursor = options.cursor;
  }

  /** Where to resume: after the last item handed on. Undefined: from a snapshot. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** A new connection: what an old one left unfinished is void. */
  onConnected(): void {
    this.#snapshot = undefined;
    this.#complete = false;
    this.#behindSnapshot = [];
  }

  /** @throws ProtocolError if a part is missing */
  onSnapshot(frame: Snapshot): void {
    if (this.#complete || (this.#snapshot !== undefined && frame.part !== this.#part + 1)) {
      throw new ProtocolError(`the snapshot's parts are not in order: ${frame.part} after ${this.#part}`);
    }
    const items = this.#snapshot ?? [];
    for (const item of frame.items) items.push(item as StateOf<K>);
    this.#snapshot = items;
    this.#part = frame.part;
    this.#complete = frame.last;
  }

  /** @throws GapError ProtocolError */
  onEvent(frame: Event): Delivery<K>[] {
    if (this.#snapshot !== undefined) {
      this.#behindSnapshot.push(frame);
      return [];
    }
    return this.#accept(frame);
  }

  /** @throws GapError ProtocolError */
  onSynced(frame: Synced): Delivery<K>[] {
    if (frame.how === 'resumed') {
      if (this.#snapshot !== undefined) throw new ProtocolError('a snapshot came with a resume');
      return this.onHealth(frame.cursor);
    }
    const states = this.#snapshot;
    if (states === undefined || !this.#complete) {
      throw new ProtocolError('"synced" came before the end of its snapshot');
    }
    const events = this.#behindSnapshot;
    const before = this.#cursor;
    const cursor = events.length === 0 ? frame.cursor : undefined;
    this.onConnected();
    this.#seq = undefined;
    this.#doubted = undefined;
    this.#cursor = cursor;
    // Under the policy "unknown-only" facts are absent, and so are most items: holes are to be expected.
    this.#sparse = this.#filtered || states.some((state) => state.facts === undefined);
    try {
      const item = stateItem(this.#stream, frame, states);
      return [{ type: 'state', item, cursor }, ...events.flatMap((event) => this.#accept(event))];
    } catch (error) {
      // Nothing of this was handed on, so the next attempt must begin where this one did.
      this.#cursor = before;
      this.#seq = undefined;
      throw error;
    }
  }

  /**
   * The server's own mark of how far this subscription is. Needed only where items are left out: there it is the one
   * thing that moves. In a dense stream our own last item says the same, and proves that nothing before it is missing.
   */
  onHealth(cursor: string): Delivery<K>[] {
    if (!this.#sparse || this.#snapshot !== undefined || this.#cursor === cursor) return [];
    this.#cursor = cursor;
    return [{ type: 'progress', cursor }];
  }

  #accept(frame: Event): Delivery<K>[] {
    const last = this.#seq;
    if (last !== undefined) {
      if (frame.seq <= last) return [];
      if (frame.seq > last + 1 && !this.#sparse) this.#doubt(last, frame.seq);
    }
    this.#doubted = undefined;
    this.#seq = frame.seq;
    this.#cursor = frame.cursor;
    const changes = (frame.items as ChangeOf<K>[]).filter((change) => Object.hasOwn(KINDS, change.kind));
    return [{ type: 'event', seq: frame.seq, cursor: frame.cursor, changes }];
  }

  #doubt(after: number, got: number): void {
    if (this.#doubted?.after !== after || this.#doubted.got !== got) {
      this.#doubted = new GapError(after, got);
      throw this.#doubted;
    }
    this.#sparse = true;
  }
}

function stateItem<K extends StreamKind>(
  stream: K,
  synced: Synced,
  states: readonly StateOf<K>[],
): SnapshotItem<K> | ResetItem<K> {
  const all = stream === 'hosts' ? { services: states } : { servers: states };
  const head =
    synced.how === 'reset' ? { type: 'reset', reason: synced.reason ?? 'invalid' } : { type: 'snapshot' };
  return { ...head, ...all } as unknown as SnapshotItem<K> | ResetItem<K>;
}
