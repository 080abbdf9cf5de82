/**
 * The first half of an item's name; its `seq` is the other. A file that is put back gives its numbers a second time, but in
 * another entry of its lineage, and under the policy `unknown-only` other rows have the numbers. So the log's epoch,
 * the entry in which the row was written and whose number it is make the name, which then is no other item's, ever.
 */
import type { Numbering } from '../ports/store.ts';

/** @param entry of the row; 0 for one from before there was a lineage */
export function itemEpoch(epoch: string, entry: number, by: Numbering): string {
  const written = entry === 0 ? epoch : `${epoch}~${entry.toString(36)}`;
  return by === 'all' ? written : `${written}~u`;
}
