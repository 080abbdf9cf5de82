/**
 * Which texts were seen before, among the last few thousand; it may forget some. A text that is requested once is not
 * worth a place in memory: a client that reads through everything would push out the texts that others request again
 * and again.
 *
 * It keeps one number for each text, in a table of fixed size: a set of texts would cost ten times as much for each new
 * text. So it is not exact: another text may have taken the place of one seen before, and among four billion texts two
 * have the same number.
 */
import { numberOf, slotOf } from '../domain/text-number.ts';

export class SeenBefore {
  readonly #bits: number;
  readonly #numbers: Int32Array;

  /** @param bits it can remember 2^bits texts */
  constructor(bits: number) {
    this.#bits = bits;
    this.#numbers = new Int32Array(2 ** bits);
  }

  /** Was the text seen before? From now on it was. */
  again(text: string): boolean {
    const number = numberOf(text);
    const place = slotOf(number, this.#bits);
    if (this.#numbers[place] === number) return true;
    this.#numbers[place] = number;
    return false;
  }
}
