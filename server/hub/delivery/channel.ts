import type { Cursor } from '../../../client-sdk/protocol/cursor.ts';
import type { Change } from '../../../client-sdk/protocol/items.ts';
import type { LogRow, StreamName } from '../../ports/log.ts';
import type { Prepare } from '../../socket/socket.ts';
import type { Cursors, StreamPlace } from '../../stream/cursor.ts';
import type { Feed } from '../../stream/feed.ts';
import { itemEpoch } from '../../stream/item-epoch.ts';
import { digestOf, type StreamView } from '../../stream/view.ts';
import { EventFrames } from './event-frames.ts';
import type { Deliverable, FanOut } from './fan-out.ts';

/** Follows a stream: gets each committed row in order. */
export interface Follower {
  deliver(frames: EventFrames): void;
}

/** Rows are delivered together up to this many characters; a single row may be longer. */
const TOGETHER = 128 * 1024;
/** Limit of waiting rows: above it, the committer waits until all are delivered. */
const MOST_WAITING = 1_000;
/** Writing this many characters of a frame costs as much as the write call itself. */
const EFFORT = 32 * 1024;

/** Number of views whose last cursor is remembered. */
const MOST_VIEWS = 64;

/** One stream and its followers; it exists while it has any. */
export class Channel implements Deliverable {
  readonly stream: StreamName;
  readonly #followers = new Set<Follower>();
  readonly #cursors: Cursors;
  readonly #prepare: Prepare;
  readonly #sealed = new Map<
    string,
    { readonly place: StreamPlace; readonly cursor: Cursor; readonly generation: number }
  >();
  /** Rows that are committed, but not yet delivered to every follower. */
  readonly #waiting: LogRow[] = [];
  /** The first of the waiting rows, which are now delivered together. */
  #together: { readonly frames: EventFrames; readonly rows: number; readonly effort: number } | undefined;
  /** The current round over all followers, and how many of the waiting rows each has received when it ends. */
  #round: { readonly followers: Iterable<Follower>; readonly rows: number } | undefined;

  constructor(stream: StreamName, cursors: Cursors, prepare: Prepare) {
    this.stream = stream;
    this.#cursors = cursors;
    this.#prepare = prepare;
  }

  get size(): number {
    return this.#followers.size;
  }

  add(follower: Follower): void {
    this.#followers.add(follower);
  }

  remove(follower: Follower): void {
    this.#followers.delete(follower);
  }

  /** @returns false if the limit of waiting rows is reached and all rows must be delivered now */
  committed(row: LogRow): boolean {
    this.#waiting.push(row);
    this.#together = undefined;
    return this.#waiting.length <= MOST_WAITING;
  }

  get isUrgent(): boolean {
    const items = this.#waiting.at(-1)?.items ?? '';
    // A drill must not be delivered before real changes.
    return items.includes('"to":"DOWN"') && (!items.includes('"kind":"drill"') || isTrulyDown(items));
  }

  deliver(effort: number): number {
    let left = effort;
    while (this.#waiting.length > 0) {
      this.#round ??= { followers: this.#followers.values(), rows: this.#gathered().rows };
      // A Set's iterator continues where it stopped.
      for (const follower of this.#round.followers) {
        const { frames, effort } = this.#gathered();
        follower.deliver(frames);
        left -= effort;
        if (left <= 0) return 0;
      }
      this.#waiting.splice(0, this.#round.rows);
      this.#round = undefined;
      this.#together = undefined;
    }
    return left;
  }

  frames(row: LogRow): EventFrames {
    return new EventFrames([row], this, this.#prepare);
  }

  /**
   * Sealed once for all followers at the same place with the same view, which are nearly all: once for an event, once
   * for health. Under `unknown-only` each cursor is sealed separately: equal text would reveal that no row was hidden
   * in between.
   */
  cursorAt(place: StreamPlace, view: StreamView): Cursor {
    if (view.visibility === 'unknown-only') return this.#cursors.seal(this.stream, place, view);
    const key = digestOf(view).toString('latin1');
    const last = this.#sealed.get(key);
    const { generation } = this.#cursors;
    if (last?.generation === generation && last.place.seq === place.seq && last.place.entry === place.entry)
      return last.cursor;
    const cursor = this.#cursors.seal(this.stream, place, view);
    if (last === undefined && this.#sealed.size >= MOST_VIEWS) this.#sealed.clear();
    this.#sealed.set(key, { place, cursor, generation });
    return cursor;
  }

  epochOf(entry: number, { visibility }: StreamView): string {
    return itemEpoch(this.#cursors.epoch, entry, visibility);
  }

  #gathered() {
    if (this.#together !== undefined) return this.#together;
    let size = this.#waiting[0]?.items.length ?? 0;
    let rows = 1;
    for (; rows < this.#waiting.length; rows += 1) {
      size += this.#waiting[rows]?.items.length ?? 0;
      if (size > TOGETHER) break;
    }
    const frames = new EventFrames(this.#waiting.slice(0, rows), this, this.#prepare);
    this.#together = { frames, rows, effort: 1 + size / EFFORT };
    return this.#together;
  }
}

/** The channels with followers. A channel without any is dropped. */
export class Channels {
  readonly #open = new Map<StreamName, { readonly channel: Channel; readonly stop: () => void }>();
  readonly #feed: Feed;
  readonly #cursors: Cursors;
  readonly #prepare: Prepare;
  readonly #fanOut: FanOut;

  constructor(feed: Feed, cursors: Cursors, prepare: Prepare, fanOut: FanOut) {
    this.#feed = feed;
    this.#cursors = cursors;
    this.#prepare = prepare;
    this.#fanOut = fanOut;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Registers a follower: it receives every row from here on. */
  join(stream: StreamName, follower: Follower): Channel {
    let open = this.#open.get(stream);
    if (open === undefined) {
      const channel = new Channel(stream, this.#cursors, this.#prepare);
      open = { channel, stop: this.#feed.follow(stream, (row) => this.#committed(channel, row)) };
      this.#open.set(stream, open);
    }
    open.channel.add(follower);
    return open.channel;
  }

  leave(channel: Channel, follower: Follower): void {
    channel.remove(follower);
    const open = this.#open.get(channel.stream);
    if (open?.channel !== channel || channel.size > 0) return;
    open.stop();
    this.#open.delete(channel.stream);
  }

  #committed(channel: Channel, row: LogRow): void {
    const hasTime = channel.committed(row);
    this.#fanOut.add(channel);
    if (!hasTime) this.#fanOut.flush();
  }
}

function isTrulyDown(items: string): boolean {
  return (JSON.parse(items) as Change[]).some(({ kind, to }) => kind !== 'drill' && to === 'DOWN');
}
