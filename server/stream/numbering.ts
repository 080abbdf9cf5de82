/**
 * The numbers by which a reader knows the rows of a stream. The policy `unknown-only` counts only the rows that show
 * something under it: the numbers, places, bounds and resets of such a reader reveal nothing of the others.
 */

import type { LogRow, Numbering, StreamBounds } from '../ports/log.ts';
import type { Snapshot } from '../ports/store.ts';
import type { BoundsOfView, StreamPlace } from './cursor.ts';

export function boundsBy(by: Numbering, bounds: StreamBounds): BoundsOfView {
  return by === 'all' ? bounds : { ...bounds.unknownOnly, entry: bounds.entry };
}

/** The row with the reader's number as its `seq`; undefined if it has none. */
export function rowBy(by: Numbering, row: LogRow): LogRow | undefined {
  if (by === 'all') return row;
  return row.unknownSeq === null ? undefined : { ...row, seq: row.unknownSeq };
}

export function rowsBy(by: Numbering, rows: readonly LogRow[]): readonly LogRow[] {
  return by === 'all' ? rows : rows.flatMap((row) => rowBy(by, row) ?? []);
}

export function placeBy(
  by: Numbering,
  { head, entry, unknownOnly }: Omit<Snapshot<unknown>, 'items'>,
): StreamPlace {
  return by === 'all' ? { seq: head, entry } : { seq: unknownOnly.head, entry: unknownOnly.entry };
}
