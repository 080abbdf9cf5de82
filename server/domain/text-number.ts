/**
 * A 32-bit number for a text, to find its place in a table of fixed size (FNV-1a). Never 0, which marks an empty place.
 * Two texts may have the same number, and anybody can construct two that do.
 * @param from the number of the text before this one, to number both together
 */
export function numberOf(text: string, from = 0x811c9dc5): number {
  let number = from | 0;
  for (let n = 0; n < text.length; n += 1) number = Math.imul(number ^ text.charCodeAt(n), 0x01000193);
  return number === 0 ? 1 : number;
}

/** A place for a number in a table of 2^`bits` places. */
export function slotOf(number: number, bits: number): number {
  return Math.imul(number, 0x9e3779b1) >>> (32 - bits);
}
