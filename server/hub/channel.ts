import type { Cursor } from '../../client-sdk/protocol/cursor.ts';
import type { Feed } from '../changes/feed.ts';
import type { Visibility } from '../identity/policy-port.ts';
import type { LogRow, StreamName } from '../store.ts';
import type { Cursors } from './cursor.ts';
import { RowFrames } from './row-frames.ts';
import type { Prepare } from './socket.ts';

/** One who follows a stream, told of each committed row in order. */
export interface Follower {
  deliver(frames: RowFrames): void;
}

/** One stream and those who follow it, as long as there are any. */
export class Channel {
  readonly stream: StreamName;
  readonly #followers = new Set<Follower>();
  readonly #cursors: Cursors;
  readonly #prepare: Prepare;
  readonly #signed = new Map<Visibility, { readonly seq: number; readonly cursor: Cursor }>();

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

  deliver(row: LogRow): void {
    const frames = this.frames(row);
    for (const follower of this.#followers) follower.deliver(frames);
  }

  frames(row: LogRow): RowFrames {
    return new RowFrames(row, this, this.#prepare);
  }

  /** Signed once for all who stand at the same place, which is nearly everybody: an event's, and then health's. */
  cursorAt(seq: number, visibility: Visibility): Cursor {
    const last = this.#signed.get(visibility);
    if (last?.seq === seq) return last.cursor;
    const cursor = this.#cursors.sign(this.stream, seq, visibility);
    this.#signed.set(visibility, { seq, cursor });
    return cursor;
  }
}

/** The channels that somebody follows. One that nobody follows any more is forgotten. */
export class Channels {
  readonly #open = new Map<StreamName, { readonly channel: Channel; readonly stop: () => void }>();
  readonly #feed: Feed;
  readonly #cursors: Cursors;
  readonly #prepare: Prepare;

  constructor(feed: Feed, cursors: Cursors, prepare: Prepare) {
    this.#feed = feed;
    this.#cursors = cursors;
    this.#prepare = prepare;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Registers a follower: from here on no row passes it by. */
  join(stream: StreamName, follower: Follower): Channel {
    let open = this.#open.get(stream);
    if (open === undefined) {
      const channel = new Channel(stream, this.#cursors, this.#prepare);
      open = { channel, stop: this.#feed.follow(stream, (row) => channel.deliver(row)) };
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
}
