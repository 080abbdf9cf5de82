/**
 * How many entries each share may keep, so that all shares together keep at most `limit`: the largest lose first, and
 * the smallest lose nothing. A share always keeps one. Pure.
 *
 * @param sizes at each number of entries, how many shares have that number
 */
export function keptOfEach(sizes: Uint32Array, limit: number): number {
  let shares = sizes.reduce((sum, count) => sum + count, 0) - (sizes[0] as number);
  let kept = shares;
  let level = 1;
  for (; level < sizes.length - 1; level++) {
    shares -= sizes[level] as number;
    if (kept + shares > limit) break;
    kept += shares;
  }
  return level;
}
