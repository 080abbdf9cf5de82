/**
 * Batches of reports that were parsed recently, by their text: a gateway sends the same ones every interval, and to parse
 * one costs more than to take its reports. What a text says never changes, so nothing here can be out of date.
 */
import { Recent } from '../../domain/recent.ts';

/** Characters of all texts, at least; never more than twice as many. What is parsed from them takes about twice their memory. */
const KEPT = 4 * 1024 * 1024;
/** A shorter text is parsed in the time that it takes to find it. */
const SHORTEST = 512;
/** One that is longer would have others forgotten. */
const LONGEST = 128 * 1024;

export class KnownBatches<T> {
  readonly #known = new Recent<{ readonly parsed: T; readonly length: number }>(KEPT, ({ length }) => length);

  get(text: string): T | undefined {
    return isKept(text) ? this.#known.get(text)?.parsed : undefined;
  }

  /** @param parsed of this text, and nothing else; nobody may change it afterwards */
  keep(text: string, parsed: T): void {
    if (isKept(text)) this.#known.set(text, { parsed, length: text.length });
  }
}

function isKept({ length }: string): boolean {
  return length >= SHORTEST && length <= LONGEST;
}
