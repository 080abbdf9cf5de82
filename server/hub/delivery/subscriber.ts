import type { Cursor } from '../../../client-sdk/protocol/cursor.ts';
import type { ResetReason, Synced } from '../../../client-sdk/protocol/downstream.ts';
import type { TimeSlices } from '../../limits/time-slices.ts';
import type { StreamName } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import type { SharedText } from '../../socket/socket.ts';
import type { Cursors, StreamPlace } from '../../stream/cursor.ts';
import { boundsBy, rowsBy } from '../../stream/numbering.ts';
import { LONGEST_READ, nextOf, type Snapshots, type StreamSnapshot } from '../../stream/snapshot.ts';
import { isFiltered, type StreamView } from '../../stream/view.ts';
import type { Channel, Channels, Follower } from './channel.ts';
import type { EventFrames } from './event-frames.ts';
import type { Outbox } from './outbox.ts';

export interface SubscriberOptions {
  /** The client's own name for the subscription. */
  readonly id: string;
  readonly stream: StreamName;
  readonly view: StreamView;
  readonly outbox: Outbox;
  readonly channels: Channels;
  readonly cursors: Cursors;
  readonly snapshots: Snapshots;
  /** Encodes and sends snapshots in slices. */
  readonly slices: TimeSlices;
  readonly store: Pick<Store, 'bounds' | 'log'>;
  readonly maxReplay: number;
  /** Called with the error that stopped a subscriber from catching up. */
  readonly onFailure: (error: unknown) => void;
  readonly onSynced: (how: Synced['how'], reason: ResetReason | undefined) => void;
}

/** Rows read at once; a row has up to a thousand items. */
const PAGE = 32;

/**
 * Delivers one stream to one subscription. Two states:
 *
 * - **catching-up**: reads the log, at the pace of its reader. It does not queue rows that are committed meanwhile,
 *   because the log has them all; it remembers only the newest number.
 * - **live**: takes each row as it is committed.
 *
 * It joins the channel before it reads the log, and becomes live in the same turn in which it has read up to the newest
 * number it knows: so no row can be lost between the two, and it skips repeated rows by seq. A live subscriber that
 * meets a hole, or a full connection, catches up again.
 */
export class Subscriber implements Follower {
  readonly #options: SubscriberOptions;
  /** Needed for each row: copied here for speed. */
  readonly #id: string;
  readonly #view: StreamView;
  readonly #outbox: Outbox;
  #channel: Channel | undefined;
  #live = false;
  #ended = false;
  #announced = false;
  /**
   * Last row that this subscription has passed: sent, or hidden by its view. All numbers here are those of its view.
   */
  #seen = 0;
  /** Where it started: at its cursor, or at its last snapshot. */
  #from = 0;
  /** Lineage entry in which that row was written. */
  #entry = 0;
  /** Lineage entry in which rows are written now, as far as this subscriber knows. */
  #current = 0;
  /** Newest row that it knows to be committed. */
  #newest = 0;

  constructor(options: SubscriberOptions) {
    this.#options = options;
    this.#id = options.id;
    this.#view = options.view;
    this.#outbox = options.outbox;
  }

  get stream(): StreamName {
    return this.#options.stream;
  }

  get view(): StreamView {
    return this.#options.view;
  }

  /** The place it has reached; undefined until the client knows its own place. */
  get cursor(): Cursor | undefined {
    return this.#announced ? this.#channel?.cursorAt(this.#place, this.#view) : undefined;
  }

  get from(): number {
    return this.#from;
  }

  get seen(): number {
    return this.#seen;
  }

  get #place(): StreamPlace {
    return { seq: this.#seen, entry: this.#entry };
  }

  /**
   * Starts from the cursor, or without one from a snapshot, and resolves when it is live. @param afresh the client must
   * drop its state, although it gave no cursor @throws DomainError `unavailable` if the log cannot be read
   */
  async start(cursor?: string, afresh = false): Promise<void> {
    if (this.#ended) return;
    const { channels, store, stream, view, cursors, maxReplay } = this.#options;
    this.#channel = channels.join(stream, this);
    const by = view.visibility;
    const bounds = boundsBy(by, await store.bounds(stream));
    this.#newest = Math.max(this.#newest, bounds.head);
    this.#current = bounds.entry;
    if (cursor === undefined) {
      if (afresh) await this.#snapshot('reset', 'access');
      else await this.#snapshot('snapshot');
    } else {
      const entryAt = async (seq: number) => (await store.log(stream, seq - 1, seq, 1, by))[0]?.entry;
      const decision = await cursors.judge(cursor, { stream, view, bounds, maxReplay, entryAt });
      if (this.#isOver()) return;
      if ('reset' in decision) {
        await this.#snapshot('reset', decision.reset);
      } else {
        this.#begin(decision.after);
        if (await this.#replay(bounds.head)) this.#announce('resumed');
        else await this.#snapshot('reset', 'expired');
      }
    }
    await this.#reachNewest();
  }

  deliver(all: EventFrames): void {
    const frames = all.numberedFor(this.#view);
    if (frames === undefined) return;
    this.#newest = Math.max(this.#newest, frames.seq);
    if (!this.#live || frames.seq <= this.#seen) return;
    if (frames.from <= this.#seen + 1 && this.#take(frames.after(this.#seen))) return;
    this.#live = false;
    this.#reachNewest().catch(this.#options.onFailure);
  }

  end(): void {
    this.#ended = true;
    this.#live = false;
    if (this.#channel !== undefined) this.#options.channels.leave(this.#channel, this);
  }

  async #reachNewest(): Promise<void> {
    while (!this.#isOver()) {
      if (this.#seen >= this.#newest) {
        this.#live = true;
        return;
      }
      if (!(await this.#replay(this.#newest))) await this.#snapshot('reset', 'expired');
    }
  }

  /** Sends the log's rows up to `upTo`. @returns false if the log no longer has some of them */
  async #replay(upTo: number): Promise<boolean> {
    const { store, stream, outbox } = this.#options;
    const by = this.#view.visibility;
    const channel = this.#channel;
    while (channel !== undefined && this.#seen < upTo) {
      if (!(await outbox.space()) || this.#ended) return true;
      const rows = rowsBy(by, await store.log(stream, this.#seen, upTo, PAGE, by));
      if (rows.length === 0) return false;
      for (const row of rows) {
        if (row.seq !== this.#seen + 1) return false;
        const frames = channel.frames(row);
        // Frames written without a wait go to the kernel in one piece.
        do {
          if (!outbox.hasSpace && (!(await outbox.space()) || this.#ended)) return true;
        } while (!this.#take(frames));
      }
      // A long replay gives the other connections their turn.
      await outbox.turn();
    }
    return true;
  }

  async #snapshot(how: 'snapshot' | 'reset', reason?: ResetReason): Promise<void> {
    const { snapshots, stream } = this.#options;
    this.#announced = false;
    await snapshots.read(stream, async (snapshot) => {
      if (!(await this.#send(snapshot))) return;
      this.#begin(snapshot.placeBy(this.#view.visibility));
      this.#announce(how, reason);
    });
  }

  /** @returns false if the connection ended before everything was sent */
  async #send(snapshot: StreamSnapshot): Promise<boolean> {
    const { outbox, slices, stream, id, view } = this.#options;
    const cancel = snapshot.isSmall ? () => undefined : outbox.closeAfter(LONGEST_READ);
    const frames = snapshot.frames(id, view);
    const say = (frame: SharedText) => outbox.sendShared(frame);
    try {
      for (;;) {
        if (!(await outbox.space()) || this.#ended) return false;
        const more = await slices.run(() => nextOf(frames, say), undefined, stream);
        if (!more) return !this.#ended;
        await outbox.turn();
      }
    } finally {
      cancel();
    }
  }

  #announce(how: Synced['how'], reason?: ResetReason): void {
    const { outbox, id, view, onSynced } = this.#options;
    const channel = this.#channel;
    if (this.#isOver() || channel === undefined) return;
    this.#announced = true;
    outbox.send({
      type: 'synced',
      id,
      cursor: channel.cursorAt(this.#place, view),
      epoch: channel.epochOf(this.#current, view),
      seq: this.#seen,
      ...(isFiltered(view) ? { sparse: true } : {}),
      how,
      ...(reason === undefined ? {} : { reason }),
    });
    onSynced(how, reason);
  }

  /** @returns false if the connection's backlog is full */
  #take(frames: EventFrames): boolean {
    const frame = frames.for(this.#id, this.#view);
    if (frame !== undefined && !this.#outbox.write(frame)) return false;
    this.#stand(frames.place);
    return true;
  }

  #begin(place: StreamPlace): void {
    this.#stand(place);
    this.#from = place.seq;
  }

  #stand({ seq, entry }: StreamPlace): void {
    this.#seen = seq;
    this.#entry = entry;
  }

  #isOver(): boolean {
    return this.#ended || this.#options.outbox.isClosed;
  }
}
