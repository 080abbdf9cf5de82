/**
 * Which texts came by before, among the last thousands, as far as it remembers. What is asked for once is not worth a
 * place in memory: who reads through everything would push out what others ask for again and again.
 *
 * It keeps a number for each text, in a table of fixed size: a set of texts costs ten times as much for each new one.
 * So it is not exact: a text that came by may have lost its place to another one, and of four billion texts two have
 * the same number.
 */
import { numberOf, placeOf } from '../domain/text-number.ts';

export class SeenBefore {
  readonly #bits: number;
  readonly #numbers: Int32Array;

  /** @param bits it can remember 2^bits texts */
  constructor(bits: number) {
    this.#bits = bits;
    this.#numbers = new Int32Array(2 ** bits);
  }

  /** Did it come by before? From now on it did. */
  again(text: string): boolean {
    const number = numberOf(text);
    const place = placeOf(number, this.#bits);
    if (this.#numbers[place] === number) return true;
    this.#numbers[place] = number;
    return false;
  }
}
