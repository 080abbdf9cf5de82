/** Rows of the log as one statement with one long parameter: a parameter a row would cost twenty times as much. */
import type { Instant } from '../../../server/domain/clock.ts';
import type { LogRow, StreamName } from '../../../server/ports/log.ts';
import type { UnnumberedRow } from '../../transaction-changes.ts';
import type { Query, Row } from '../connection/driver.ts';

/**
 * `nth` of `of` rows of one stream: its head moves by all of them at once, because a row can be updated only once. The
 * same for rows that have a number under the policy `unknown-only`; in other rows `unknown_nth` is null.
 */
const TEXT = `
  WITH n AS MATERIALIZED (
      SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::int[], $5::int[], $11::int[], $12::int[]) WITH ORDINALITY
        AS v(stream, start, length, nth, of, unknown_nth, unknown_of, place)),
    a AS (
      INSERT INTO streams (name, head, floor, entry, unknown_head, unknown_entry)
      SELECT stream, of, 1, $10::bigint, unknown_of, CASE WHEN unknown_of > 0 THEN $10::bigint ELSE 0 END FROM n WHERE nth = 1 ORDER BY stream
      ON CONFLICT (name) DO UPDATE SET head = streams.head + excluded.head, entry = excluded.entry,
        unknown_head = streams.unknown_head + excluded.unknown_head,
        unknown_entry = CASE WHEN excluded.unknown_head > 0 THEN excluded.entry ELSE streams.unknown_entry END
      RETURNING name, head, unknown_head)
  INSERT INTO log (id, commit, stream, seq, at, items, entry, unknown_seq)
  SELECT $7::bigint + n.place, $8, a.name, a.head - n.of + n.nth, $9, convert_from(substring($6::bytea FROM n.start FOR n.length), 'UTF8'), $10::bigint,
    a.unknown_head - n.unknown_of + n.unknown_nth
  FROM a JOIN n ON n.stream = a.name
  RETURNING id, seq, unknown_seq`;

/** What all rows of one commit share. */
export interface Stamp {
  readonly commit: number;
  /** Id of the last row before these. */
  readonly after: number;
  readonly at: Instant;
  readonly entry: number;
}

export function appendLog(rows: readonly UnnumberedRow[], { commit, after, at, entry }: Stamp): Query {
  const texts = rows.map(({ items }) => Buffer.from(items));
  const all = counted(rows);
  const unknownOnly = counted(rows, ({ isSeenUnknownOnly }) => isSeenUnknownOnly);
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
      all.nth,
      all.of,
      Buffer.concat(texts),
      after,
      commit,
      at,
      entry,
      unknownOnly.nth,
      unknownOnly.of,
    ],
  };
}

/** For each counted row its place among those of its stream, and their number. */
function counted(rows: readonly UnnumberedRow[], isCounted: (row: UnnumberedRow) => boolean = () => true) {
  const total = new Map<StreamName, number>();
  const nth = rows.map((row) => {
    if (!isCounted(row)) return null;
    const n = (total.get(row.stream) ?? 0) + 1;
    total.set(row.stream, n);
    return n;
  });
  return { nth, of: rows.map(({ stream }) => total.get(stream) ?? 0) };
}

/** The rows with the numbers that their streams gave them. */
export function numbered(
  rows: readonly UnnumberedRow[],
  answer: readonly Row[],
  { after, at, entry }: Stamp,
): LogRow[] {
  const numbers = new Map(answer.map(({ id, seq, unknown_seq: unknownSeq }) => [id, { seq, unknownSeq }]));
  return rows.map(({ stream, items }, n) => {
    const { seq, unknownSeq } = numbers.get(after + n + 1) ?? {};
    return { stream, seq, at, items, entry, unknownSeq };
  });
}
