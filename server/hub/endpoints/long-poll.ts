import { CLOSE, type CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import type { Cursor } from '../../../client-sdk/protocol/cursor.ts';
import type { ResetReason } from '../../../client-sdk/protocol/downstream.ts';
import type { Duration } from '../../domain/clock.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Revocation } from '../../identity/tokens/revocations.ts';
import type { Steps } from '../../limits/time-slices.ts';
import type { LogRow } from '../../ports/log.ts';
import { type Entitlement, entitlementOf } from '../../stream/entitlement.ts';
import { boundsBy, rowsBy } from '../../stream/numbering.ts';
import { type Item, isFiltered, isWhole, itemsIn, type StreamView, viewOf } from '../../stream/view.ts';
import { Authentication, type AuthenticationContext } from '../connection/authentication.ts';
import type { HubConnection, SubscriptionProgress } from '../connection/connections.ts';
import type { HubContext } from '../connection/context.ts';
import type { Channel, Follower } from '../delivery/channel.ts';
import type { EventFrames } from '../delivery/event-frames.ts';
import type { Opening } from './open-stream.ts';

export type PollAnswer =
  | {
      readonly is: 'changes';
      readonly cursor: Cursor;
      /** The epoch of rows that are committed from now on. */
      readonly epoch: string;
      readonly seq: number;
      /** JSON texts of lists, without brackets. */
      readonly items: readonly string[];
      /** There are more rows: the client should ask again at once. */
      readonly more: boolean;
    }
  | { readonly is: 'reset'; readonly reason: ResetReason }
  /** The token expired or was revoked. */
  | { readonly is: 'void' }
  | { readonly is: 'forbidden' };

/** Rows read at once, and characters in one answer; the rest comes with the next answer. */
const PAGE = 32;
const ENOUGH = 512 * 1024;

export type PollContext = AuthenticationContext &
  Pick<
    HubContext,
    'channels' | 'cursors' | 'policy' | 'receipts' | 'sessionId' | 'settings' | 'slices' | 'store'
  >;

/**
 * One long poll while it is answered: a connection like any other, which ends with its first rows. Like a subscriber,
 * it joins the channel before it reads the log.
 */
export class PollSession implements HubConnection, Follower {
  readonly id: string;
  readonly #context: PollContext;
  readonly #opening: Opening;
  readonly #authentication: Authentication;
  #entitlement: Entitlement | undefined;
  #channel: Channel | undefined;
  #seen = 0;
  /** Where it started. */
  #from = 0;
  #entry = 0;
  /** The wait is over. */
  #over = false;
  #void = false;
  #wake: () => void = () => undefined;
  #news = false;

  constructor(context: PollContext, opening: Opening, address: string | undefined) {
    this.id = context.sessionId();
    this.#context = context;
    this.#opening = opening;
    this.#entitlement = opening.entitlement;
    this.#authentication = new Authentication(context, {
      address,
      onExpiring: () => undefined,
      onExpired: () => this.close(CLOSE.tokenExpired),
    });
    this.#authentication.become(opening.authenticated);
  }

  /** The rows after the cursor; if there are none yet, those that come during the wait. */
  async changes(wait: Duration): Promise<PollAnswer> {
    const { channels, cursors, store, settings, setTimer } = this.#context;
    const { stream, visibility } = this.#opening.entitlement;
    const view = viewOf(this.#opening.subscribe, this.#opening.entitlement);
    const channel = channels.join(stream, this);
    this.#channel = channel;
    this.#over = wait === 0;
    const cancel = setTimer(() => this.#finish(), wait);
    try {
      const bounds = boundsBy(visibility, await store.bounds(stream));
      const cursor = this.#opening.subscribe.cursor ?? '';
      const { maxReplay } = settings;
      const entryAt = async (seq: number) => (await store.log(stream, seq - 1, seq, 1, visibility))[0]?.entry;
      const decision = await cursors.judge(cursor, { stream, view, bounds, maxReplay, entryAt });
      if ('reset' in decision) return { is: 'reset', reason: decision.reset };
      ({ seq: this.#seen, entry: this.#entry } = decision.after);
      this.#from = this.#seen;
      for (;;) {
        this.#news = false;
        const { head, entry } = boundsBy(visibility, await store.bounds(stream));
        const items = await this.#read(channel, view, head);
        if (this.#void) return { is: 'void' };
        if (this.#entitlement === undefined) return { is: 'forbidden' };
        if (this.#entitlement.visibility !== visibility || this.#entitlement.stream !== stream) {
          return { is: 'reset', reason: 'access' };
        }
        if (items === undefined) return { is: 'reset', reason: 'expired' };
        const more = this.#seen < head;
        if (items.length > 0 || (this.#over && !more)) {
          return {
            is: 'changes',
            ...this.#reached(channel, view),
            epoch: channel.epochOf(entry, view),
            items,
            more,
          };
        }
        if (!more) await this.#wait();
      }
    } finally {
      cancel();
    }
  }

  deliver(frames: EventFrames): void {
    if (frames.numberedFor(this.#opening.entitlement) === undefined) return;
    this.#news = true;
    this.#wake();
  }

  get identity(): Identity | undefined {
    return this.#authentication.current?.identity;
  }

  get subscriptions(): number {
    return this.#channel === undefined ? 0 : 1;
  }

  acknowledged(): readonly SubscriptionProgress[] {
    const { stream } = this.#opening.entitlement;
    // A client that asks for the rows after a place has handled those before it.
    if (this.#channel === undefined) return [];
    const seen = this.#seen;
    const view = viewOf(this.#opening.subscribe, this.#opening.entitlement);
    const { visibility: by } = view;
    const filtered = isFiltered(view);
    return [{ stream, by, acked: this.#from, sent: seen, from: this.#from, filtered }];
  }

  drain(): void {
    this.#finish();
  }

  close(close: CloseCode): void {
    if (close === CLOSE.tokenExpired || close === CLOSE.forbidden) this.#void = true;
    this.#finish();
  }

  terminate(): void {
    this.#finish();
  }

  onPolicyChanged(): void {
    const { identity } = this;
    if (identity === undefined) return;
    this.#entitlement = entitlementOf(identity, this.#opening.subscribe, this.#context.policy);
    this.#news = true;
    this.#wake();
  }

  async onRevoked(gone: Revocation): Promise<void> {
    const { token } = this.#opening.authenticated;
    if (token === undefined || !this.#authentication.isTouchedBy(gone)) return;
    try {
      const identity = await this.#authentication.ask(token);
      if (identity === undefined) {
        this.close(CLOSE.forbidden);
      } else {
        this.#authentication.become({ ...this.#opening.authenticated, identity });
        this.onPolicyChanged();
      }
    } catch {
      // The token cannot be checked now: the next request is answered or refused.
      this.#finish();
    }
  }

  end(): void {
    const { receipts, clock } = this.#context;
    const userId = this.identity?.userId ?? '';
    for (const progress of this.acknowledged())
      receipts.ended({ ...progress, session: this.id, userId }, clock.now());
    this.#authentication.end();
    if (this.#channel !== undefined) this.#context.channels.leave(this.#channel, this);
    this.#channel = undefined;
  }

  #reached(channel: Channel, view: StreamView) {
    const place = { seq: this.#seen, entry: this.#entry };
    return { cursor: channel.cursorAt(place, view), seq: place.seq };
  }

  #finish(): void {
    this.#over = true;
    this.#wake();
  }

  #wait(): Promise<void> {
    if (this.#over || this.#news) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /**
   * The visible part of the rows up to `head`, as much as fits into one answer. Undefined if the log no longer has some
   * of the rows.
   */
  async #read(channel: Channel, view: StreamView, head: number): Promise<string[] | undefined> {
    const { store, slices } = this.#context;
    const { stream } = this.#opening.entitlement;
    const items: string[] = [];
    let size = 0;
    while (this.#seen < head && size < ENOUGH) {
      const { visibility } = view;
      const rows = rowsBy(visibility, await store.log(stream, this.#seen, head, PAGE, visibility));
      if (rows.length === 0) return undefined;
      const taken = await slices.run(
        () => this.#take(rows, channel, view, items, ENOUGH - size),
        undefined,
        stream,
      );
      if (taken === undefined) return undefined;
      size += taken;
    }
    return items;
  }

  /**
   * Adds the visible part of these rows, until the answer is `enough`. @returns its size; undefined if a row is missing
   */
  *#take(
    rows: readonly LogRow[],
    channel: Channel,
    view: StreamView,
    items: string[],
    enough: number,
  ): Steps<number | undefined> {
    let size = 0;
    for (const row of rows) {
      if (row.seq !== this.#seen + 1) return undefined;
      const text = shown(row, channel.epochOf(row.entry, view), view);
      this.#seen = row.seq;
      this.#entry = row.entry;
      if (text !== '') items.push(text);
      size += text.length;
      if (size >= enough) break;
      yield undefined;
    }
    return size;
  }
}

/** Adds its name to each item, because one list has the items of several commits. */
function shown({ seq, items: text }: LogRow, epoch: string, view: StreamView): string {
  const all = JSON.parse(text) as Item[];
  const items = isWhole(view) ? all : itemsIn(view, all);
  return items.map((item) => JSON.stringify({ epoch, seq, ...item })).join(',');
}
