/**
 * What was committed, read from the tables after each commit and kept beyond crashes and trims. It does not share the
 * code's view of anything: the rows are SQL, the rule of host_status is written down here a second time.
 */
import type { Client } from '../../../db/sqlite/file/client.ts';
import type { Violations } from './violations.ts';

export interface Facts {
  readonly forced_down: boolean;
  readonly disabled: boolean;
  readonly live: boolean;
}

/** A server or service as its stream describes it. */
export interface KnownState {
  readonly id: string;
  readonly status: string;
  /** Undefined for a reader who may not see them. */
  readonly facts: Facts | undefined;
  readonly hostId: string | undefined;
}

export interface Item {
  readonly kind: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly cause: string;
  readonly facts: Facts;
  readonly server_id?: string;
  readonly service_id?: string;
  readonly host?: string;
  readonly host_id?: string;
}

export interface Row {
  readonly seq: number;
  readonly text: string;
  readonly items: readonly Item[];
  readonly committedAt: number;
}

/** As the mission's document orders them: a later one overrides those before. */
export function statusOf(facts: Facts): string {
  let status = facts.live ? 'UP' : 'UNKNOWN';
  if (facts.forced_down) status = 'DOWN';
  if (facts.disabled) status = 'MAINTENANCE';
  return status;
}

export function idOf(item: Pick<Item, 'server_id' | 'service_id'>): string {
  return (item.server_id ?? item.service_id) as string;
}

/** The state that a stream's items up to some place add up to. */
export function apply(state: Map<string, KnownState>, item: Item): void {
  const id = idOf(item);
  if (item.to === null) state.delete(id);
  else state.set(id, { id, status: item.to ?? '', facts: item.facts, hostId: item.host_id });
}

/** What an operator does, by which DOWN comes or goes. */
const FORCING = ['forced_down', 'service_added', 'service_removed'];

export class History {
  /** Which rows the newest commit brought; to measure how soon they are sent. */
  onRow: (stream: string, row: Row) => void = () => undefined;
  /** Names the log; cursors of another are of no use. */
  epoch = '';
  /** What cursors are sealed with. */
  key: Uint8Array = new Uint8Array();
  readonly #streams = new Map<string, Row[]>();
  readonly #state = new Map<string, Map<string, KnownState>>();
  readonly #violations: Violations;
  readonly #now: () => number;
  readonly #statements = new WeakMap<Client, ReturnType<typeof prepare>>();

  constructor(violations: Violations, now: () => number) {
    this.#violations = violations;
    this.#now = now;
  }

  rows(stream: string): readonly Row[] {
    return this.#streams.get(stream) ?? [];
  }

  head(stream: string): number {
    return this.rows(stream).length;
  }

  /** The state at a place. */
  stateAt(stream: string, seq: number): Map<string, KnownState> {
    const state = new Map<string, KnownState>();
    for (const row of this.rows(stream).slice(0, seq)) for (const item of row.items) apply(state, item);
    return state;
  }

  get heads(): ReadonlyMap<string, number> {
    return new Map([...this.#streams].map(([name, rows]) => [name, rows.length]));
  }

  /** What is left where a database of that time is put in its place: another log with the same beginning. */
  upTo(heads: ReadonlyMap<string, number>): History {
    const earlier = new History(this.#violations, this.#now);
    for (const [name, head] of heads) {
      earlier.#streams.set(name, this.rows(name).slice(0, head));
      earlier.#state.set(name, this.stateAt(name, head));
    }
    earlier.onRow = this.onRow;
    earlier.key = this.key;
    return earlier;
  }

  /** Reads what is new after a commit. */
  read(client: Client): void {
    const { heads, row } = this.#of(client);
    for (const { name, head } of heads.all()) {
      for (let seq = this.head(name) + 1; seq <= head; seq++) {
        const text = row.get(name, seq);
        if (text === undefined)
          this.#violations.add('G1', `${name}: the log has head ${head} and no row ${seq}`);
        this.#append(name, {
          seq,
          text: text ?? '[]',
          items: JSON.parse(text ?? '[]'),
          committedAt: this.#now(),
        });
      }
    }
  }

  /** After a restart: everything that was committed is there, and nothing else. */
  compare(client: Client): void {
    const { heads, rows, epoch, key } = this.#of(client);
    const found = new Map(heads.all().map(({ name, head }) => [name, head]));
    for (const [name, known] of this.#streams) {
      if (found.get(name) !== known.length)
        this.#violations.add(
          'G4',
          `${name}: head ${found.get(name)} after a restart, ${known.length} before`,
        );
      for (const { seq, items } of rows.all(name))
        if (known[seq - 1]?.text !== items)
          this.#violations.add('G4', `${name}: row ${seq} is another after a restart`);
    }
    for (const name of found.keys())
      if (!this.#streams.has(name)) this.#violations.add('G4', `${name}: a stream nobody had committed`);
    const named = epoch.get() ?? '';
    if (this.epoch !== '' && named !== this.epoch)
      this.#violations.add('G4', `the log is ${named} after a restart, ${this.epoch} before`);
    this.epoch = named;
    this.key = key.get() ?? this.key;
  }

  #append(stream: string, row: Row): void {
    const rows = this.#streams.get(stream) ?? [];
    const state = this.#state.get(stream) ?? new Map<string, KnownState>();
    this.#streams.set(stream, rows);
    this.#state.set(stream, state);
    rows.push(row);
    for (const item of row.items) {
      this.#examine(stream, row, item, state.get(idOf(item)));
      apply(state, item);
    }
    this.onRow(stream, row);
  }

  /** Each item follows from the one before it, and says no more than the facts do. */
  #examine(stream: string, { seq }: Row, item: Item, before: KnownState | undefined): void {
    const wrong = (rule: string, what: string) =>
      this.#violations.add(rule, `${stream} ${seq}: ${what}: ${JSON.stringify(item)}`);
    if ((before?.status ?? null) !== item.from)
      wrong('G7', `from is ${item.from} where ${before?.status ?? 'nothing'} was sent before`);
    if (item.to !== null && item.to !== '' && item.to !== statusOf(item.facts))
      wrong('G6', `the facts make it ${statusOf(item.facts)}`);
    if (item.to === 'DOWN' && !item.facts.forced_down) wrong('G6', 'nobody said DOWN');
    const isForced = before?.facts?.forced_down;
    if (stream === 'hosts' && isForced !== undefined && isForced !== item.facts.forced_down)
      if (!FORCING.includes(item.cause)) wrong('G6', 'DOWN came or went and nobody said so');
    if (stream !== 'hosts' && item.host !== undefined) wrong('G3', "a host's name in an owner's stream");
  }

  #of(client: Client) {
    const known = this.#statements.get(client);
    if (known !== undefined) return known;
    const made = prepare(client);
    this.#statements.set(client, made);
    return made;
  }
}

function prepare(client: Client) {
  return {
    heads: client.prepare<[], { name: string; head: number }>('SELECT name, head FROM streams'),
    row: client
      .prepare<[string, number], string>('SELECT items FROM log WHERE stream = ? AND seq = ?')
      .pluck(),
    epoch: client.prepare<[], string>('SELECT epoch FROM meta').pluck(),
    key: client.prepare<[], Uint8Array>('SELECT signing_key FROM meta').pluck(),
    rows: client.prepare<[string], { seq: number; items: string }>(
      'SELECT seq, items FROM log WHERE stream = ?',
    ),
  };
}
