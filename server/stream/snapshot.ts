import type { Snapshot, SnapshotRemark, Store, StreamName } from '../store.ts';
import type { StreamPlace } from './cursor.ts';
import { isWhole, type State, type StreamView, statesIn } from './view.ts';

/** Items in one frame: bounds it at some 150 kB. */
const PART = 500;

export type SnapshotStore = Pick<Store, 'projectSnapshot' | 'hostsSnapshot'>;

/** The present state of a stream, and the frames it becomes. */
export class StreamSnapshot {
  /** The place at which it was read. */
  readonly place: StreamPlace;
  readonly items: readonly State[];
  /**
   * For subscribers that see everything: made by the first that needs it, since nearly all clients choose one id.
   */
  readonly #whole = new Map<string, string[]>();

  constructor({ head, entry, items }: Snapshot<State>) {
    this.place = { seq: head, entry };
    this.items = items;
  }

  /** The texts of its frames, made one at a time as they are taken. Always at least one, even of nothing. */
  *frames(id: string, view: StreamView): Generator<string> {
    const shown = isWhole(view) ? this.items : statesIn(view, this.items);
    const made = isWhole(view) ? this.#made(id) : [];
    const parts = Math.max(1, Math.ceil(shown.length / PART));
    for (let part = 1; part <= parts; part++) {
      made[part] ??= JSON.stringify({
        type: 'snapshot',
        id,
        part,
        last: part === parts,
        items: shown.slice((part - 1) * PART, part * PART),
      });
      yield made[part] as string;
    }
  }

  #made(id: string): string[] {
    const known = this.#whole.get(id);
    if (known !== undefined) return known;
    const made: string[] = [];
    // Ids are chosen by clients: beyond this number none is cached.
    if (this.#whole.size < MAX_IDS) this.#whole.set(id, made);
    return made;
  }
}

const MAX_IDS = 4;

/**
 * Reads snapshots. All requests for one stream in one turn of the event loop, or while it is being read, share one
 * read: after a reset thousands of an owner's clients come at once. A read that started before a caller asked is
 * still valid: newer rows are in the log after its head.
 */
export class Snapshots {
  readonly #store: SnapshotStore;
  readonly #remark: SnapshotRemark;
  readonly #soon: (then: () => void) => void;
  readonly #reading = new Map<StreamName, Promise<StreamSnapshot>>();

  constructor(store: SnapshotStore, remark: SnapshotRemark, soon: (then: () => void) => void) {
    this.#store = store;
    this.#remark = remark;
    this.#soon = soon;
  }

  read(stream: StreamName): Promise<StreamSnapshot> {
    const known = this.#reading.get(stream);
    if (known !== undefined) return known;
    const reading = this.#read(stream);
    this.#reading.set(stream, reading);
    const forget = () => this.#soon(() => this.#reading.delete(stream));
    reading.then(forget, forget);
    return reading;
  }

  async #read(stream: StreamName): Promise<StreamSnapshot> {
    const read =
      stream === 'hosts'
        ? this.#store.hostsSnapshot(this.#remark)
        : this.#store.projectSnapshot(stream.slice('project:'.length), this.#remark);
    return new StreamSnapshot(await read);
  }
}
