import type { Cursor } from '../../../client-sdk/protocol/cursor.ts';
import type { StreamKind } from '../../../client-sdk/protocol/upstream.ts';
import type { LogRow, StreamName } from '../../ports/log.ts';
import type { Prepare, Prepared } from '../../socket/socket.ts';
import type { StreamPlace } from '../../stream/cursor.ts';
import { rowsBy } from '../../stream/numbering.ts';
import { type Item, isFiltered, isWhole, itemsIn, type StreamView } from '../../stream/view.ts';

/** Seals places of one stream. */
export interface Sealer {
  cursorAt(place: StreamPlace, view: StreamView): Cursor;
  /** See server/stream/item-epoch.ts. */
  epochOf(entry: number, view: StreamView): string;
}

/**
 * The frames of consecutive log rows, one per row, in one piece: made for the first subscriber that asks, then shared.
 * Subscribers differ in the id that they chose, and nearly all clients choose the same one; so the hub encodes and
 * frames a commit once, however many sockets follow. It copies the log's own text unparsed, unless the subscriber may
 * see only part of it.
 */
export class EventFrames {
  /** First and last of the rows, which are consecutive. */
  readonly from: number;
  readonly seq: number;
  /** The place of the last row. */
  readonly place: StreamPlace;
  readonly #rows: readonly LogRow[];
  readonly #sealer: Sealer;
  readonly #prepare: Prepare;
  readonly #shared = { whole: new Map<string, Prepared>(), narrow: new Map<string, Prepared | undefined>() };
  #items: (readonly Item[])[] | undefined;
  #rest: EventFrames | undefined;
  #unknownOnly: EventFrames | null | undefined;
  /** The last request: all followers ask one after the other, and most ask for the same frame. */
  #last: { readonly id: string; readonly view: StreamView; readonly frame: Prepared | undefined } | undefined;

  /** @param rows at least one */
  constructor(rows: readonly LogRow[], sealer: Sealer, prepare: Prepare) {
    this.from = rows[0]?.seq ?? 0;
    const { seq = 0, entry = 0 } = rows.at(-1) ?? {};
    this.seq = seq;
    this.place = { seq, entry };
    this.#rows = rows;
    this.#sealer = sealer;
    this.#prepare = prepare;
  }

  /** Undefined if the view shows nothing of these rows: then the subscriber's cursor moves without a frame. */
  for(id: string, view: StreamView): Prepared | undefined {
    const last = this.#last;
    if (last !== undefined && last.id === id && last.view === view) return last.frame;
    const frame = this.#made(id, view);
    this.#last = { id, view, frame };
    return frame;
  }

  /** For a follower that already has some of the rows: those after `seq`. */
  after(seq: number): EventFrames {
    const from = seq + 1;
    if (from === this.from) return this;
    if (this.#rest?.from !== from) {
      const rows = this.#rows.slice(from - this.from);
      this.#rest = new EventFrames(rows, this.#sealer, this.#prepare);
    }
    return this.#rest;
  }

  /** The rows that have a number under the view's policy, by that number; undefined if none has. */
  numberedFor({ visibility }: Pick<StreamView, 'visibility'>): EventFrames | undefined {
    if (visibility === 'all') return this;
    if (this.#unknownOnly === undefined) {
      const rows = rowsBy(visibility, this.#rows);
      this.#unknownOnly = rows.length === 0 ? null : new EventFrames(rows, this.#sealer, this.#prepare);
    }
    return this.#unknownOnly ?? undefined;
  }

  #made(id: string, view: StreamView): Prepared | undefined {
    if (isFiltered(view)) return this.#frames(id, view);
    const frames: Map<string, Prepared | undefined> = isWhole(view)
      ? this.#shared.whole
      : this.#shared.narrow;
    if (!frames.has(id)) frames.set(id, this.#frames(id, view));
    return frames.get(id);
  }

  #frames(id: string, view: StreamView): Prepared | undefined {
    const texts: string[] = [];
    for (const [n, row] of this.#rows.entries()) {
      const items = isWhole(view) ? row.items : this.#narrowed(n, view);
      if (items !== undefined) texts.push(this.#text(id, view, row, items));
    }
    return texts.length === 0 ? undefined : this.#prepare(...texts);
  }

  #narrowed(n: number, view: StreamView): string | undefined {
    this.#items ??= this.#rows.map(({ items }) => JSON.parse(items) as Item[]);
    const items = itemsIn(view, this.#items[n] ?? []);
    return items.length === 0 ? undefined : JSON.stringify(items);
  }

  #text(id: string, view: StreamView, { stream, seq, entry }: LogRow, items: string): string {
    const cursor = this.#sealer.cursorAt({ seq, entry }, view);
    return `{"type":"event","id":${JSON.stringify(id)},"stream":"${kindOf(stream)}","cursor":"${cursor}","epoch":"${this.#sealer.epochOf(entry, view)}","seq":${seq},"items":${items}}`;
  }
}

export function kindOf(stream: StreamName): StreamKind {
  return stream === 'hosts' ? 'hosts' : 'project';
}
