import type { Duration } from '../domain/clock.ts';
import { FairQueue, type FairQueueLimits } from '../limits/fair-queue.ts';
import type { Steps, TimeSlices } from '../limits/time-slices.ts';
import type { Numbering, StreamName } from '../ports/log.ts';
import type { Snapshot, SnapshotRemark, Store } from '../ports/store.ts';
import type { Soon } from '../timers.ts';
import type { StreamPlace } from './cursor.ts';
import { placeBy } from './numbering.ts';
import { SnapshotMemory } from './snapshot-memory.ts';
import { isWhole, type State, type StreamView, statesIn } from './view.ts';

/** Items in one frame, which limits it to some 150 kB. */
const PART = 500;
/** Items filtered or encoded in one step. */
const AT_ONCE = 100;

/** How long a reader may take for a whole snapshot, which stays in memory until then. */
export const LONGEST_READ: Duration = 300_000;

export type SnapshotStore = Pick<Store, 'projectSnapshot' | 'hostsSnapshot' | 'bounds'>;

/** One after the other; undefined where other work may run before the next one. */
type InSteps<T> = Generator<T | undefined, void, undefined>;

/** The text of a frame. Its middle is a list without brackets, the same bytes for all readers who see everything. */
export interface SnapshotFrame {
  readonly head: string;
  readonly middle: Uint8Array;
  readonly tail: string;
}

/** JSON of lists, without brackets. */
export type Lists = InSteps<Uint8Array>;

const encoder = new TextEncoder();

/** The current state of a stream, and its texts. */
export class StreamSnapshot {
  /** The position at which it was read. */
  readonly #read: Omit<Snapshot<State>, 'items'>;
  readonly items: readonly State[];
  /** For views that see everything: made for the first reader that needs it, and never copied for another. */
  readonly #whole: Uint8Array[] = [];

  constructor({ items, ...read }: Snapshot<State>) {
    this.#read = read;
    this.items = items;
  }

  /** The place at which it was read. */
  get place(): StreamPlace {
    return this.placeBy('all');
  }

  /** The same in the numbers of a reader with this numbering. */
  placeBy(by: Numbering): StreamPlace {
    return placeBy(by, this.#read);
  }

  /** Does it fit into one frame? */
  get isSmall(): boolean {
    return this.items.length <= PART;
  }

  /** Its frames, made one at a time as the reader takes them. Always at least one, even of an empty list. */
  *frames(id: string, view: StreamView): InSteps<SnapshotFrame> {
    const name = JSON.stringify(id);
    let part = 0;
    let ready: Uint8Array | undefined;
    const frame = (middle: Uint8Array, last: boolean): SnapshotFrame => ({
      head: `{"type":"snapshot","id":${name},"part":${part},"last":${last},"items":[`,
      middle,
      tail: ']}',
    });
    for (const items of this.parts(view)) {
      if (items !== undefined && ready !== undefined) yield frame(ready, false);
      else yield undefined;
      if (items === undefined) continue;
      ready = items;
      part += 1;
    }
    yield frame(ready as Uint8Array, true);
  }

  /** Always at least one, even of an empty list. */
  parts(view: StreamView): Lists {
    return isWhole(view) ? this.#all() : this.#shown(view);
  }

  *#all(): Lists {
    const parts = Math.max(1, Math.ceil(this.items.length / PART));
    for (let part = 0; part < parts; part++) {
      this.#whole[part] ??= yield* encoded(this.items.slice(part * PART, (part + 1) * PART));
      yield this.#whole[part];
    }
  }

  *#shown(view: StreamView): Lists {
    let shown: State[] = [];
    for (let n = 0; n < this.items.length; n += AT_ONCE) {
      shown.push(...statesIn(view, this.items.slice(n, n + AT_ONCE)));
      yield undefined;
      // The remainder is never empty, so that the last part can be marked as the last.
      if (shown.length <= PART) continue;
      yield yield* encoded(shown.slice(0, PART));
      shown = shown.slice(PART);
    }
    yield yield* encoded(shown);
  }
}

function* encoded(states: readonly State[]): Generator<undefined, Uint8Array, undefined> {
  const texts: string[] = [];
  for (let n = 0; n < states.length; n += AT_ONCE) {
    if (n > 0) yield undefined;
    texts.push(JSON.stringify(states.slice(n, n + AT_ONCE)).slice(1, -1));
  }
  return encoder.encode(texts.join(','));
}

/** Makes the next one between other work, and gives it to `then` in the same step. @returns false after the last */
export function* nextOf<T>(all: InSteps<T>, then: (next: T) => void): Steps<boolean> {
  for (;;) {
    const { done, value } = all.next();
    if (done) return false;
    if (value !== undefined) {
      then(value);
      return true;
    }
    yield undefined;
  }
}

/** Limits of reads at a time, and of streams whose read waits: the readers of one stream share one read. */
const READS: FairQueueLimits = {
  running: 4,
  runningPerKey: 1,
  waiting: 4_096,
  waitingPerKey: 1,
  what: 'snapshots',
  retryAfterMs: 5_000,
};

/**
 * Reads snapshots. All requests for one stream in one turn of the event loop, or during its read, share one read: after
 * a reset, thousands of one owner's clients return at once. A read that started before a caller asked is still valid:
 * newer rows are in the log after its head.
 */
export class Snapshots {
  readonly #store: SnapshotStore;
  readonly #remark: SnapshotRemark;
  readonly #soon: Soon;
  readonly #slices: TimeSlices;
  readonly #reads = new FairQueue(READS);
  readonly #memory = new SnapshotMemory<StreamSnapshot>();
  readonly #reading = new Map<StreamName, Promise<StreamSnapshot>>();

  constructor(
    store: SnapshotStore,
    remark: SnapshotRemark,
    { soon, slices }: { readonly soon: Soon; readonly slices: TimeSlices },
  ) {
    this.#store = store;
    this.#remark = remark;
    this.#soon = soon;
    this.#slices = slices;
  }

  /**
   * Gives the snapshot to `use`, whose promise says how long it is needed. @throws DomainError `unavailable` while too
   * many reads run, or slow readers keep too much in memory; otherwise what `use` throws
   */
  async read<T>(stream: StreamName, use: (snapshot: StreamSnapshot) => Promise<T>): Promise<T> {
    const snapshot = (await this.#stillTrue(stream)) ?? (await this.#shared(stream));
    const release = this.#memory.keep(stream, snapshot);
    try {
      return await use(snapshot);
    } finally {
      release();
    }
  }

  /** A large snapshot that others still take, if no row was committed since it was read. */
  async #stillTrue(stream: StreamName): Promise<StreamSnapshot | undefined> {
    const newest = this.#memory.newest(stream);
    if (newest === undefined) return undefined;
    const { head, headEntry } = await this.#store.bounds(stream);
    const { seq, entry } = newest.place;
    return head === seq && headEntry === entry ? newest : undefined;
  }

  #shared(stream: StreamName): Promise<StreamSnapshot> {
    const known = this.#reading.get(stream);
    if (known !== undefined) return known;
    const reading = this.#reads.run(stream, () => this.#slices.run(() => this.#read(stream)));
    this.#reading.set(stream, reading);
    const forget = () => this.#soon(() => this.#reading.delete(stream));
    reading.then(forget, forget);
    return reading;
  }

  /** A small snapshot is read in the first step, so that many of them share the turns of the event loop. */
  *#read(stream: StreamName): Steps<StreamSnapshot> {
    const read =
      stream === 'hosts'
        ? this.#store.hostsSnapshot(this.#remark)
        : this.#store.projectSnapshot(stream.slice('project:'.length), this.#remark);
    let found: Snapshot<State> | undefined;
    yield read.then((snapshot: Snapshot<State>) => {
      found = snapshot;
    });
    const snapshot = new StreamSnapshot(found as Snapshot<State>);
    this.#memory.admit(stream, snapshot);
    return snapshot;
  }
}
