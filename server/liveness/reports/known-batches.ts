/**
 * Recently parsed batches of reports, by their text. A gateway sends the same batches every interval, and parsing a
 * batch costs more than accepting its reports. A text always parses to the same reports, so no entry can become out of
 * date.
 */
import { Recent } from '../../domain/recent.ts';

/**
 * Characters of all texts, at least; never more than twice that. The parsed reports take about twice the memory of
 * their texts.
 */
const KEPT = 4 * 1024 * 1024;
/** Finding a shorter text takes as long as parsing it. */
const SHORTEST = 512;
/** A longer text would push out too many others. */
const LONGEST = 128 * 1024;

export class KnownBatches<T> {
  readonly #known = new Recent<{ readonly parsed: T; readonly length: number }>(KEPT, ({ length }) => length);

  get(text: string): T | undefined {
    return isKept(text) ? this.#known.get(text)?.parsed : undefined;
  }

  /** @param parsed the result for this text; nobody may change it afterwards */
  keep(text: string, parsed: T): void {
    if (isKept(text)) this.#known.set(text, { parsed, length: text.length });
  }
}

function isKept({ length }: string): boolean {
  return length >= SHORTEST && length <= LONGEST;
}
