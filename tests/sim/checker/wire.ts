/** G1, G2, G3 on the wire: what one connection was told, held against the history. */
import type { History, Item, Told } from './history.ts';
import { statusOf } from './history.ts';
import type { Violations } from './violations.ts';

export interface WireOptions {
  readonly who: string;
  readonly stream: string;
  readonly history: History;
  readonly violations: Violations;
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
  readonly host_status: string;
  readonly host_id?: string;
  readonly facts: Told['facts'];
}

interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly how?: string;
  readonly reason?: string;
  readonly cursor?: string;
  readonly part?: number;
  readonly last?: boolean;
  readonly seq?: number;
  readonly items?: readonly unknown[];
  readonly subscriptions?: readonly { readonly cursor: string }[];
  readonly observer?: string;
}

/** The place a cursor names; the checker may read what clients may not. */
export function placeOf(cursor: string): number {
  return Number(
    Buffer.from(cursor.split('.')[0] as string, 'base64url')
      .toString()
      .split('.')[0],
  );
}

export class WireCheck {
  readonly #options: WireOptions;
  /** The cursor that the client came with. */
  #asked: number | undefined;
  /** Last item received. Undefined: it does not know where it is. */
  #place: number | undefined;
  #parts: State[] = [];
  #complete = false;
  #synced = false;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  /** Where it is, once it is told everything live. */
  get livePlace(): number | undefined {
    return this.#synced ? this.#place : undefined;
  }

  sent(text: string): void {
    const frame = JSON.parse(text) as Frame;
    if (frame.type !== 'subscribe') return;
    this.#asked = frame.cursor === undefined ? undefined : placeOf(frame.cursor);
    this.#place = this.#asked;
  }

  received(text: string): void {
    // A cursor's signature is random text.
    const words = text.replaceAll(/"cursor":"[^"]*"/g, '');
    for (const word of this.#options.forbidden)
      if (words.includes(word)) this.#wrong('G3', `was sent "${word}": ${text}`);
    const frame = JSON.parse(text) as Frame;
    if (frame.type === 'snapshot') this.#onSnapshot(frame);
    else if (frame.type === 'synced') this.#onSynced(frame);
    else if (frame.type === 'event') this.#onEvent(frame);
    else if (frame.type === 'health') this.#onHealth(frame);
  }

  #onSnapshot({ part, last, items = [] }: Frame): void {
    // A snapshot in the middle begins anew: rights changed, or what was to be replayed is gone.
    if (part === 1) {
      this.#parts = [];
      this.#synced = false;
      this.#place = undefined;
    }
    this.#parts.push(...(items as State[]));
    this.#complete = last === true;
  }

  #onSynced({ how, reason, cursor }: Frame): void {
    const { history, stream, maxReplay, floor } = this.#options;
    const place = placeOf(cursor as string);
    const head = history.head(stream);
    if (place > head) this.#wrong('G1', `synced at ${place}, where only ${head} is committed`);
    if (how === 'resumed') {
      if (this.#place !== place) this.#wrong('G1', `resumed to ${place} after items up to ${this.#place}`);
    } else {
      if (!this.#complete) this.#wrong('G2', 'synced without a whole snapshot');
      this.#compare(place);
      const asked = this.#asked;
      const owed =
        reason === undefined ||
        (reason === 'expired' && asked !== undefined && asked < floor() - 1) ||
        (reason === 'too_many' && asked !== undefined && head - asked > maxReplay);
      // Trimmed while it was replayed: then too it is `expired`.
      if (!owed && reason !== 'expired') this.#wrong('G1', `reset for ${reason} from ${asked}, head ${head}`);
    }
    this.#place = place;
    this.#complete = false;
    this.#synced = true;
  }

  #onEvent({ seq = 0, items, cursor }: Frame): void {
    const { history, stream } = this.#options;
    const row = history.rows(stream)[seq - 1];
    if (this.#place === undefined) this.#wrong('G2', `item ${seq} before its snapshot was synced`);
    else if (seq <= this.#place) this.#wrong('G1', `item ${seq} a second time, after ${this.#place}`);
    else if (seq !== this.#place + 1) this.#wrong('G1', `item ${seq} after ${this.#place}`);
    if (row === undefined) this.#wrong('G1', `item ${seq} was never committed: ${JSON.stringify(items)}`);
    else if (row.text !== JSON.stringify(items))
      this.#wrong('G1', `item ${seq} is ${JSON.stringify(items)} and was committed as ${row.text}`);
    if (placeOf(cursor as string) !== seq) this.#wrong('G1', `the cursor of item ${seq} names another place`);
    this.#place = seq;
  }

  #onHealth({ subscriptions = [] }: Frame): void {
    for (const { cursor } of subscriptions)
      if (this.#synced && placeOf(cursor) !== this.#place)
        this.#wrong('G1', `health says ${placeOf(cursor)} where ${this.#place} was sent`);
  }

  /** G2: the snapshot is what the items up to its place add up to. */
  #compare(place: number): void {
    const { history, stream } = this.#options;
    const told = history.stateAt(stream, place);
    const shown = new Map(this.#parts.map((state) => [state.server_id ?? state.service_id ?? '', state]));
    for (const [id, state] of shown) {
      const known = told.get(id);
      if (
        known?.status !== state.host_status ||
        JSON.stringify(known.facts) !== JSON.stringify(state.facts) ||
        known.hostId !== state.host_id
      )
        this.#wrong(
          'G2',
          `at ${place} the snapshot shows ${JSON.stringify(state)}, the log ${JSON.stringify(known)}`,
        );
      if (state.host_status !== '' && statusOf(state.facts) !== state.host_status)
        this.#wrong('G7', `the snapshot contradicts itself: ${JSON.stringify(state)}`);
    }
    for (const id of told.keys())
      if (!shown.has(id)) this.#wrong('G2', `at ${place} the snapshot lacks ${id}`);
  }

  #wrong(rule: string, what: string): void {
    this.#options.violations.add(rule, `${this.#options.who}: ${what}`);
  }
}

export type { Item };
