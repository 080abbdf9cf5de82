/** Rows of the log as one statement with one long parameter: as many texts of JSON they would cost twenty times as much. */
import type { Instant } from '../../../server/domain/clock.ts';
import type { LogRow, StreamName } from '../../../server/ports/store.ts';
import type { UnnumberedRow } from '../../transaction-changes.ts';
import type { Query, Row } from '../connection/driver.ts';

/** `nth` of `of` rows of one stream: its head moves by all of them at once, because a row can be updated only once. */
const TEXT = `
  WITH n AS MATERIALIZED (
      SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::int[]) WITH ORDINALITY
        AS v(stream, start, length, nth, of, place)),
    a AS (
      INSERT INTO streams (name, head, floor, entry) SELECT stream, of, 1, $10 FROM n WHERE nth = 1 ORDER BY stream
      ON CONFLICT (name) DO UPDATE SET head = streams.head + excluded.head, entry = excluded.entry RETURNING name, head)
  INSERT INTO log (id, commit, stream, seq, at, items, entry)
  SELECT $7::bigint + n.place, $8, a.name, a.head - n.of + n.nth, $9, convert_from(substring($6::bytea FROM n.start FOR n.length), 'UTF8'), $10
  FROM a JOIN n ON n.stream = a.name
  RETURNING id, seq`;

/** What all rows of one commit share. */
export interface Stamp {
  readonly commit: number;
  /** Id of the last row before. */
  readonly after: number;
  readonly at: Instant;
  readonly entry: number;
}

export function appendLog(rows: readonly UnnumberedRow[], { commit, after, at, entry }: Stamp): Query {
  const texts = rows.map(({ items }) => Buffer.from(items));
  const total = new Map<StreamName, number>();
  const nth = rows.map(({ stream }) => {
    const n = (total.get(stream) ?? 0) + 1;
    total.set(stream, n);
    return n;
  });
  let start = 1;
  const starts = texts.map(({ length }) => {
    const own = start;
    start += length;
    return own;
  });
  return {
    name: 'append log',
    text: TEXT,
    values: [
      rows.map(({ stream }) => stream),
      starts,
      texts.map(({ length }) => length),
      nth,
      rows.map(({ stream }) => total.get(stream)),
      Buffer.concat(texts),
      after,
      commit,
      at,
      entry,
    ],
  };
}

/** The rows with the numbers that their streams gave them. */
export function numbered(
  rows: readonly UnnumberedRow[],
  answer: readonly Row[],
  { after, at, entry }: Stamp,
): LogRow[] {
  const seqs = new Map(answer.map(({ id, seq }) => [id, seq]));
  return rows.map(({ stream, items }, n) => ({ stream, seq: seqs.get(after + n + 1), at, items, entry }));
}
