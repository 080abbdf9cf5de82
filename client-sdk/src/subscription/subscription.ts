import type { Event, Snapshot, Synced } from '../../protocol/downstream.ts';
import type { StreamKind } from '../../protocol/upstream.ts';
import { GapError, ProtocolError } from '../errors.ts';
import type { ChangeOf, Delivery, ResetCause, ResetItem, SnapshotItem, StateOf } from '../stream-types.ts';

/** The kinds that always count. */
const KINDS = new Set<string>([
  'transition',
  'annotation',
  'server_added',
  'server_removed',
  'service_added',
  'service_removed',
  'maintenance',
]);

/** Sent in place of a damaged cursor; the server answers it with a reset. */
const DAMAGED = 'damaged';

/** A stored cursor as it is sent, without a file's newline. A damaged one leads to a reset. */
function readCursor(kept: string | undefined): string | undefined {
  const cursor = kept?.trim();
  return cursor === undefined || /^[!-~]{1,1024}$/.test(cursor) ? cursor : DAMAGED;
}

/**
 * The order of one stream over many connections, without I/O: takes frames and returns what to deliver. It
 * recognises repeats by seq, refuses holes, and knows the cursor with which to resume.
 *
 * A stream is dense, seq n is followed by n+1, unless the server says in `synced` that it is sparse: that a filter or
 * the policy leaves items out. Until a connection has said so, items behind a hole wait. A hole in a dense stream is a
 * loss: the connection is closed and resumed from before it. If the server then shows the same hole again it does not
 * have the missing items, and the stream begins again with a snapshot, reported as a reset.
 */
export class Subscription<K extends StreamKind> {
  readonly #stream: K;
  readonly #filtered: boolean;
  readonly #drills: boolean;
  #cursor: string | undefined;
  /** Unknown for a cursor from outside, which is opaque, until `synced` or an item names it. */
  #seq: number | undefined;
  /** Undefined: this connection has not said it. */
  #sparse: boolean | undefined;
  #gap: GapError | undefined;
  /** The cursor was dropped because of a gap: the next snapshot replaces the known state. */
  #fromSnapshot = false;
  #snapshot: StateOf<K>[] | undefined;
  #part = 0;
  #complete = false;
  /** Items behind a snapshot or a hole, until `synced` says how to read them. */
  #held: Event[] = [];

  constructor(
    stream: K,
    options: {
      readonly filtered: boolean;
      readonly cursor: string | undefined;
      readonly drills?: boolean;
    },
  ) {
    this.#stream = stream;
    this.#filtered = options.filtered;
    this.#cursor = readCursor(options.cursor);
    this.#drills = options.drills ?? false;
  }

  /** Where to resume: after the last delivered item. Undefined: from a snapshot. */
  get cursor(): string | undefined {
    return this.#cursor;
  }

  /** Begins a new connection: unfinished parts of an old one are dropped. */
  onConnected(): void {
    this.#sparse = this.#filtered ? true : undefined;
    this.#snapshot = undefined;
    this.#complete = false;
    this.#held = [];
  }

  /** Part 1 begins a snapshot, also in the middle of another. @throws ProtocolError if a part is missing */
  onSnapshot(frame: Snapshot): void {
    if (frame.part === 1) {
      this.#snapshot = [];
      this.#complete = false;
      this.#held = [];
    } else if (this.#snapshot === undefined || this.#complete || frame.part !== this.#part + 1) {
      throw new ProtocolError(`part ${frame.part} of a snapshot after part ${this.#part}`);
    }
    const items = this.#snapshot;
    for (const item of frame.items) items.push(item as StateOf<K>);
    this.#snapshot = items;
    this.#part = frame.part;
    this.#complete = frame.last;
  }

  /** @throws GapError */
  onEvent(frame: Event): Delivery<K>[] {
    const isUnclear = this.#sparse === undefined && this.#isHole(frame.seq);
    if (this.#snapshot === undefined && this.#held.length === 0 && !isUnclear) return this.#accept(frame);
    this.#held.push(frame);
    return [];
  }

  /** @throws GapError ProtocolError */
  onSynced(frame: Synced): Delivery<K>[] {
    const held = this.#held;
    this.#held = [];
    this.#sparse = this.#filtered || frame.sparse === true;
    if (frame.how !== 'resumed') return this.#begin(frame, held);
    if (this.#snapshot !== undefined) throw new ProtocolError('a snapshot with a resume');
    const deliveries = held.flatMap((event) => this.#accept(event));
    this.#arrive(frame.seq);
    return [...deliveries, ...this.onHealth(frame.cursor)];
  }

  /**
   * The server's mark of how far this subscription is. Needed only where items are left out: only it moves there. In a
   * dense stream the last item says the same, and proves that nothing before it is missing.
   */
  onHealth(cursor: string): Delivery<K>[] {
    if (this.#sparse !== true || this.#snapshot !== undefined || this.#cursor === cursor) return [];
    this.#cursor = cursor;
    return [{ type: 'progress', cursor }];
  }

  /** The snapshot is the present state; the waiting items came after it. */
  #begin(frame: Synced, held: readonly Event[]): Delivery<K>[] {
    const states = this.#snapshot;
    if (states === undefined || !this.#complete) {
      throw new ProtocolError('"synced" before the end of its snapshot');
    }
    const before = this.#cursor;
    const cursor = held.length === 0 ? frame.cursor : undefined;
    this.#snapshot = undefined;
    this.#complete = false;
    this.#seq = undefined;
    this.#cursor = cursor;
    try {
      const events = held.flatMap((event) => this.#accept(event));
      this.#arrive(frame.seq);
      const reason =
        frame.how === 'reset' ? (frame.reason ?? 'access') : this.#fromSnapshot ? 'gap' : undefined;
      this.#fromSnapshot = false;
      return [{ type: 'state', item: stateItem(this.#stream, states, reason), cursor }, ...events];
    } catch (error) {
      // Nothing of this was delivered, so the next attempt must begin where this one did.
      this.#cursor = before;
      this.#seq = undefined;
      throw error;
    }
  }

  #accept(frame: Event): Delivery<K>[] {
    if (this.#seq !== undefined && frame.seq <= this.#seq) return [];
    if (this.#sparse !== true && this.#isHole(frame.seq)) throw this.#gapBefore(frame.seq);
    this.#gap = undefined;
    this.#seq = frame.seq;
    this.#cursor = frame.cursor;
    const changes = (frame.items as ChangeOf<K>[]).filter((change) => this.#isKnown(change));
    return [{ type: 'event', seq: frame.seq, cursor: frame.cursor, changes }];
  }

  /**
   * An unknown kind counts by its `to` and `facts`, and is ignored if it has neither. A drill looks like a
   * change but is not one.
   */
  #isKnown({ kind, to, facts }: ChangeOf<K>): boolean {
    if ((kind as string) === 'drill') return this.#drills;
    return KINDS.has(kind) || to !== undefined || facts !== undefined;
  }

  /** The place that the server names. An older server does not, nor does one that leaves items out. */
  #arrive(seq: number | undefined): void {
    if (seq === undefined || this.#sparse) return;
    if (this.#seq !== undefined && this.#seq < seq) throw this.#gapBefore(seq);
    this.#seq ??= seq;
  }

  #isHole(seq: number): boolean {
    return this.#seq !== undefined && seq > this.#seq + 1;
  }

  #gapBefore(seq: number): GapError {
    const after = this.#seq ?? 0;
    if (this.#gap?.after === after && this.#gap.got === seq) {
      this.#cursor = undefined;
      this.#seq = undefined;
      this.#gap = undefined;
      this.#fromSnapshot = true;
      return new GapError(after, seq);
    }
    this.#gap = new GapError(after, seq);
    return this.#gap;
  }
}

function stateItem<K extends StreamKind>(
  stream: K,
  states: readonly StateOf<K>[],
  reason: ResetCause | undefined,
): SnapshotItem<K> | ResetItem<K> {
  const all = stream === 'hosts' ? { services: states } : { servers: states };
  const head = reason === undefined ? { type: 'snapshot' } : { type: 'reset', reason };
  return { ...head, ...all } as unknown as SnapshotItem<K> | ResetItem<K>;
}
