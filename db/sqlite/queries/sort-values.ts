/** Sorts values outside a statement as SQLite does: null, then numbers, then texts by their bytes. */
import type { InstanceSort } from '../../../server/ports/instance-query.ts';

export type SortValue = null | number | string;

/** Values in the order of the keys. @returns below 0 if `a` comes first */
export type Compare = (a: readonly SortValue[], b: readonly SortValue[]) => number;

/** @param keys how many of the leading keys count */
export function comparing(order: readonly InstanceSort[], keys = order.length): Compare {
  const signs = order.slice(0, keys).map(({ direction }) => (direction === 'asc' ? 1 : -1));
  return (a, b) => {
    for (let n = 0; n < keys; n++) {
      const compared = compareValues(a[n] ?? null, b[n] ?? null);
      if (compared !== 0) return compared * (signs[n] as number);
    }
    return 0;
  };
}

function compareValues(a: SortValue, b: SortValue): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1;
  return typeof b === 'number' ? 1 : compareTexts(a, b);
}

const FIRST_SURROGATE = 0xd800;

/**
 * By bytes of UTF-8, which is by code points: only surrogates sort differently among the units of a JavaScript
 * string.
 */
function compareTexts(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let n = 0; n < shorter; n++) {
    const [unitOfA, unitOfB] = [a.charCodeAt(n), b.charCodeAt(n)];
    if (unitOfA === unitOfB) continue;
    if (unitOfA < FIRST_SURROGATE || unitOfB < FIRST_SURROGATE) return unitOfA - unitOfB;
    return rank(unitOfA) - rank(unitOfB);
  }
  return a.length - b.length;
}

/** Surrogates represent code points beyond all others. */
function rank(unit: number): number {
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
