/** G1, G2, G3 on the wire: one connection's frames, compared with the history. */
import { placeOf, type UnsealedPlace } from '../../support/unsealed-cursor.ts';
import type { History, Item, KnownState } from './history.ts';
import { statusOf } from './history.ts';
import {
  countUnknownOnly,
  isRendering,
  isSameTo,
  isShown,
  isSilence,
  placeUnknownOnly,
  type Sight,
} from './views.ts';
import type { Violations } from './violations.ts';

/** What was allowed to be sent, and when. */
export interface Rights {
  /** Was as much shown to such as this one at some time since? */
  wasShown(isNarrow: boolean, since: number): boolean;
  /** Did anything change since, in what is shown or by whose token? */
  changedSince(since: number): boolean;
  /** From when on nothing may be sent under this connection's token. */
  endedAt(): number;
}

export interface WireOptions {
  readonly who: string;
  readonly stream: string;
  readonly wanted: ReadonlySet<string> | undefined;
  readonly violations: Violations;
  /** The log of the database that now is. */
  readonly history: () => History;
  readonly now: () => number;
  readonly rights: Rights;
  /** Words that must not occur in what this client is sent. */
  readonly forbidden: readonly string[];
  /** More than this is not replayed. */
  readonly maxReplay: number;
  /** Oldest place that can be replayed now. */
  readonly floor: () => number;
}

interface State {
  readonly server_id?: string;
  readonly service_id?: string;
  readonly host_status?: string;
  readonly host_id?: string;
  readonly facts?: KnownState['facts'];
}

interface Frame {
  readonly type: string;
  readonly how?: string;
  readonly reason?: string;
  readonly cursor?: string;
  readonly part?: number;
  readonly last?: boolean;
  readonly seq?: number;
  readonly items?: readonly unknown[];
  readonly subscriptions?: readonly { readonly cursor: string }[];
}

export class WireCheck {
  readonly #options: WireOptions;
  #history: History;
  #openedAt: number;
  /** The cursor that the client came with. */
  #asked: UnsealedPlace | undefined;
  /** Last item it is past. Undefined: it does not know where it is. */
  #place: number | undefined;
  #sight: Sight;
  #parts: State[] = [];
  #complete = false;
  #synced = false;

  constructor(options: WireOptions) {
    this.#options = options;
    this.#history = options.history();
    this.#openedAt = options.now();
    this.#sight = { isNarrow: false, wanted: options.wanted };
  }

  get sight(): Sight {
    return this.#sight;
  }

  /** Is it live, and was it sent all it is to see up to there? */
  hasAll(seq: number): boolean {
    return this.#synced && this.#place !== undefined && this.#isSilence(this.#place, seq);
  }

  /** From now on the server that now runs is spoken to. */
  opened(): void {
    this.#history = this.#options.history();
    this.#openedAt = this.#options.now();
  }

  asked(cursor: string | undefined): void {
    this.#asked = cursor === undefined ? undefined : this.#placeOf(cursor);
    this.#place = this.#asked?.seq;
    this.#sight = { ...this.#sight, isNarrow: this.#asked?.isNarrow ?? false };
  }

  sent(text: string): void {
    const frame = JSON.parse(text) as Frame;
    if (frame.type === 'subscribe') this.asked(frame.cursor);
  }

  received(text: string): void {
    // Cursors and the name of the log are random text.
    const words = text.replaceAll(/"(?:cursor|epoch)":"[^"]*"/g, '');
    for (const word of this.#options.forbidden)
      if (words.includes(word)) this.#wrong('G3', `was sent "${word}": ${text}`);
    const frame = JSON.parse(text) as Frame;
    if (frame.type === 'snapshot') this.#onSnapshot(frame);
    else if (frame.type === 'synced') this.#onSynced(frame);
    else if (frame.type === 'event') this.#onEvent(frame);
    else if (frame.type === 'health') this.#onHealth(frame);
  }

  /** The answer to a poll: all that was to be seen up to its cursor, in one list. */
  polled(cursor: string, items: readonly Item[]): void {
    const { seq, epoch } = this.#placeOf(cursor);
    if (epoch !== this.#history.epoch || epoch !== this.#asked?.epoch)
      this.#wrong('G1', `resumed in epoch ${epoch}`);
    const rows = this.#history.rows(this.#options.stream).slice(this.#place ?? 0, seq);
    const due = rows.flatMap((row) => row.items);
    const places = rows.flatMap((row) =>
      row.items.filter((item) => isShown(item, this.#sight)).map(() => this.#numberOf(row.seq)),
    );
    const bare = items.map((item) => {
      const { seq: _, epoch: __, ...rest } = item as Item & { readonly seq: number; readonly epoch: string };
      return rest;
    });
    if (JSON.stringify(items.map((item) => (item as { seq?: number }).seq)) !== JSON.stringify(places))
      this.#wrong('G1', `polled items with places other than ${places}`);
    if (!isRendering(bare, due, this.#sight))
      this.#wrong('G1', `polled ${JSON.stringify(items)} where ${JSON.stringify(due)} was committed`);
    for (const row of rows) this.#isAllowed(row.committedAt);
    this.#synced = true;
    this.#place = seq;
  }

  #onSnapshot({ part, last, items = [] }: Frame): void {
    // A snapshot in the middle begins again: rights changed, or what was to be replayed is gone.
    if (part === 1) {
      this.#parts = [];
      this.#synced = false;
      this.#place = undefined;
    }
    this.#parts.push(...(items as State[]));
    this.#complete = last === true;
  }

  #onSynced({ how = '', reason, cursor }: Frame): void {
    const { seq, epoch, isNarrow } = this.#placeOf(cursor as string);
    this.#sight = { ...this.#sight, isNarrow };
    const head = this.#history.head(this.#options.stream);
    if (epoch !== this.#history.epoch) this.#wrong('G1', `synced in epoch ${epoch}`);
    if (seq > head) this.#wrong('G1', `synced at ${seq}, where only ${head} is committed`);
    this.#isAllowed(this.#openedAt);
    if (how === 'resumed') {
      if (this.#asked?.epoch !== epoch || this.#asked.isNarrow !== isNarrow)
        this.#wrong('G1', 'resumed from a place that was reached in another way');
      if (this.#place === undefined || this.#place > seq || !this.#isSilence(this.#place, seq))
        this.#wrong('G1', `resumed to ${seq} after items up to ${this.#place}`);
    } else {
      if (!this.#complete) this.#wrong('G2', 'synced without a whole snapshot');
      this.#compare(seq);
      if (!this.#isOwed(how, reason))
        this.#wrong('G1', `${how} for ${reason} from ${this.#asked?.seq}, head ${head}`);
    }
    this.#place = seq;
    this.#complete = false;
    this.#synced = true;
  }

  /** Is there a reason to begin with a snapshot, and is it the one that is sent? */
  isOwedReset(reason: string | undefined): boolean {
    return this.#isOwed('reset', reason);
  }

  #isOwed(how: string, reason: string | undefined): boolean {
    const { stream, maxReplay, floor, rights } = this.#options;
    const asked = this.#asked;
    if (how === 'snapshot') return asked === undefined;
    switch (reason) {
      case 'access':
        return rights.changedSince(this.#openedAt);
      case 'filter':
        return asked !== undefined && rights.wasShown(!asked.isNarrow, this.#openedAt);
      case 'epoch':
        return asked !== undefined && asked.epoch !== this.#history.epoch;
      case 'expired':
        // Or it was trimmed while it was replayed.
        return floor() > 1;
      case 'too_many':
        return (
          asked !== undefined &&
          this.#numberOf(this.#history.head(stream), asked) - this.#numberOf(asked.seq, asked) > maxReplay
        );
      default:
        return false;
    }
  }

  #onEvent({ seq: number = 0, items = [], cursor }: Frame): void {
    const seq = this.#sight.isNarrow
      ? placeUnknownOnly(this.#history.rows(this.#options.stream), number)
      : number;
    const row = this.#history.rows(this.#options.stream)[seq - 1];
    if (this.#place === undefined) this.#wrong('G2', `item ${seq} before its snapshot was synced`);
    else if (seq <= this.#place) this.#wrong('G1', `item ${seq} a second time, after ${this.#place}`);
    else if (!this.#isSilence(this.#place, seq - 1)) this.#wrong('G1', `item ${seq} after ${this.#place}`);
    if (row === undefined) this.#wrong('G1', `item ${seq} was never committed: ${JSON.stringify(items)}`);
    else {
      if (items.length === 0 || !isRendering(items as Item[], row.items, this.#sight))
        this.#wrong(
          this.#sight.isNarrow ? 'G3' : 'G1',
          `item ${seq} is ${JSON.stringify(items)} and was committed as ${row.text}`,
        );
      this.#isAllowed(row.committedAt);
    }
    if (this.#placeOf(cursor as string).seq !== seq)
      this.#wrong('G1', `the cursor of item ${seq} names another place`);
    this.#place = seq;
  }

  #onHealth({ subscriptions = [] }: Frame): void {
    for (const { cursor } of subscriptions) {
      const { seq } = this.#placeOf(cursor);
      const place = this.#place;
      if (!this.#synced || place === undefined) continue;
      if (seq < place || !this.#isSilence(place, seq))
        this.#wrong('G1', `health says ${seq} where ${place} was sent`);
      this.#place = seq;
    }
  }

  /** G2: the snapshot is what the items up to its place add up to. */
  #compare(place: number): void {
    const reported = this.#history.stateAt(this.#options.stream, place);
    const shown = new Map(
      this.#parts.map((state) => [state.server_id ?? state.service_id ?? '', stateOf(state)]),
    );
    for (const id of new Set([...reported.keys(), ...shown.keys()]))
      if (!isSameTo(this.#sight, reported.get(id), shown.get(id)))
        this.#wrong(
          'G2',
          `at ${place} the snapshot shows ${JSON.stringify(shown.get(id))}, the log ${JSON.stringify(reported.get(id))}`,
        );
    for (const { status, facts } of shown.values())
      if (facts !== undefined && status !== '' && statusOf(facts) !== status)
        this.#wrong('G7', `the snapshot contradicts itself: ${status} ${JSON.stringify(facts)}`);
  }

  /** G3: what was committed then may be shown to this one, and as much of it. */
  #isAllowed(committedAt: number): void {
    const { rights } = this.#options;
    if (!rights.wasShown(this.#sight.isNarrow, committedAt))
      this.#wrong(
        'G3',
        `was shown ${this.#sight.isNarrow ? 'UNKNOWN' : 'all'} of what was committed at ${committedAt}`,
      );
    if (committedAt > rights.endedAt()) this.#wrong('G3', `was sent something after its token had ended`);
  }

  /** With the number that its row has in the log, whatever its reader may count. */
  #placeOf(cursor: string): UnsealedPlace {
    const place = placeOf(cursor, this.#history.key, this.#options.wanted);
    if (!place.isNarrow) return place;
    return { ...place, seq: placeUnknownOnly(this.#history.rows(this.#options.stream), place.seq) };
  }

  /** What its reader counts up to this row. */
  #numberOf(seq: number, { isNarrow }: Pick<UnsealedPlace, 'isNarrow'> = this.#sight): number {
    return isNarrow ? countUnknownOnly(this.#history.rows(this.#options.stream), seq) : seq;
  }

  #isSilence(after: number, upTo: number): boolean {
    return isSilence(this.#history.rows(this.#options.stream).slice(after, upTo), this.#sight);
  }

  #wrong(rule: string, what: string): void {
    this.#options.violations.add(rule, `${this.#options.who}: ${what}`);
  }
}

export function stateOf(state: State): KnownState {
  const { server_id, service_id, host_status = '', facts, host_id } = state;
  return { id: (server_id ?? service_id) as string, status: host_status, facts, hostId: host_id };
}
