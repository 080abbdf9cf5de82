import type { Compare, SortValue } from './sort-values.ts';

/** A row that was found: its place, and its sort values. */
export interface FoundRow {
  readonly rowid: number;
  readonly id: string;
  readonly values: readonly SortValue[];
}

/** The first rows of an order, out of any number offered: it keeps no more than were requested. */
export class FirstRows {
  readonly #compare: Compare;
  readonly #most: number;
  readonly #rows: FoundRow[] = [];

  constructor(compare: Compare, most: number) {
    this.#compare = compare;
    this.#most = most;
  }

  get isFull(): boolean {
    return this.#rows.length >= this.#most;
  }

  /** The last of those that are kept. */
  get last(): FoundRow | undefined {
    return this.#rows.at(-1);
  }

  get rows(): readonly FoundRow[] {
    return this.#rows;
  }

  /** Would a row with these values be kept? */
  takes(values: readonly SortValue[]): boolean {
    const { last } = this;
    return !this.isFull || (last !== undefined && this.#compare(values, last.values) < 0);
  }

  offer(row: FoundRow): void {
    if (!this.takes(row.values)) return;
    if (this.isFull) this.#rows.pop();
    // Mostly they come in order.
    let [from, to] = [0, this.#rows.length];
    const { last } = this;
    if (last === undefined || this.#compare(last.values, row.values) <= 0) from = to;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#compare((this.#rows[middle] as FoundRow).values, row.values) <= 0) from = middle + 1;
      else to = middle;
    }
    this.#rows.splice(from, 0, row);
  }
}
