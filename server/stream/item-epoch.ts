/**
 * The first half of an item's name; the other is its `seq`. A restored file assigns its numbers a second time, but in
 * another entry of its lineage, and under the policy `unknown-only` the numbers count other rows. So the name has the
 * log's epoch, the entry in which the row was written, and the numbering: no other item ever has this name.
 */
import type { Numbering } from '../ports/log.ts';

/** @param entry the row's entry; 0 for a row from before the lineage began */
export function itemEpoch(epoch: string, entry: number, by: Numbering): string {
  const written = entry === 0 ? epoch : `${epoch}~${entry.toString(36)}`;
  return by === 'all' ? written : `${written}~u`;
}
