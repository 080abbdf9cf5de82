import type { Cursor } from '../../../client-sdk/protocol/cursor.ts';
import type { Prepare } from '../../socket/socket.ts';
import type { LogRow, StreamName } from '../../store.ts';
import type { Cursors, StreamPlace } from '../../stream/cursor.ts';
import type { Feed } from '../../stream/feed.ts';
import { digestOf, type StreamView } from '../../stream/view.ts';
import { RowFrames } from './event-frames.ts';
import type { Deliverable, FanOut } from './fan-out.ts';

/** One who follows a stream, told of each committed row in order. */
export interface Follower {
  deliver(frames: RowFrames): void;
}

/** Rows are told together up to so many characters; one row may be longer. */
const TOGETHER = 128 * 1024;
/** More rows do not wait: then whoever commits waits until all are told. */
const MOST_WAITING = 1_000;
/** Characters of a frame that cost as much to write as the write itself. */
const EFFORT = 32 * 1024;

/** Views whose last cursor is remembered. */
const MOST_VIEWS = 64;

/** One stream and those who follow it, as long as there are any. */
export class Channel implements Deliverable {
  readonly stream: StreamName;
  readonly #followers = new Set<Follower>();
  readonly #cursors: Cursors;
  readonly #prepare: Prepare;
  readonly #sealed = new Map<string, { readonly place: StreamPlace; readonly cursor: Cursor }>();
  /** Committed, and not yet told to everybody. */
  readonly #waiting: LogRow[] = [];
  /** The first of them, which are told together now. */
  #together: { readonly frames: RowFrames; readonly rows: number; readonly effort: number } | undefined;
  /** Where a round of all followers stands, and how many of the waiting rows each of them has had when it is over. */
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

  /** @returns false if so many rows wait that all are to be told now */
  committed(row: LogRow): boolean {
    this.#waiting.push(row);
    this.#together = undefined;
    return this.#waiting.length <= MOST_WAITING;
  }

  get isUrgent(): boolean {
    return this.#waiting.at(-1)?.items.includes('"to":"DOWN"') ?? false;
  }

  deliver(effort: number): number {
    let left = effort;
    while (this.#waiting.length > 0) {
      this.#round ??= { followers: this.#followers.values(), rows: this.#gathered().rows };
      // A Set's iterator goes on where it was left.
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

  frames(row: LogRow): RowFrames {
    return new RowFrames([row], this, this.#prepare);
  }

  /**
   * Sealed once for all who stand at the same place and are shown the same, which is nearly everybody: an event's, and
   * then health's. Under `unknown-only` each is sealed for itself: that two are the same text would say that nothing was
   * hidden between them.
   */
  cursorAt(place: StreamPlace, view: StreamView): Cursor {
    if (view.visibility === 'unknown-only') return this.#cursors.seal(this.stream, place, view);
    const key = digestOf(view).toString('latin1');
    const last = this.#sealed.get(key);
    if (last !== undefined && last.place.seq === place.seq && last.place.entry === place.entry)
      return last.cursor;
    const cursor = this.#cursors.seal(this.stream, place, view);
    if (last === undefined && this.#sealed.size >= MOST_VIEWS) this.#sealed.clear();
    this.#sealed.set(key, { place, cursor });
    return cursor;
  }

  #gathered() {
    if (this.#together !== undefined) return this.#together;
    let size = this.#waiting[0]?.items.length ?? 0;
    let rows = 1;
    for (; rows < this.#waiting.length; rows += 1) {
      size += this.#waiting[rows]?.items.length ?? 0;
      if (size > TOGETHER) break;
    }
    const frames = new RowFrames(this.#waiting.slice(0, rows), this, this.#prepare);
    this.#together = { frames, rows, effort: 1 + size / EFFORT };
    return this.#together;
  }
}

/** The channels that somebody follows. One that nobody follows any more is forgotten. */
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

  /** Registers a follower: from here on no row passes it by. */
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
