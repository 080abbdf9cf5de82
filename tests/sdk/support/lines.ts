import { within } from '../../support/within.ts';

/** What a program says, line by line, for a test that waits for one. */
export class Lines {
  readonly all: string[] = [];
  #wake: () => void = () => {};

  readonly add = (line: string): void => {
    this.all.push(line);
    this.#wake();
  };

  /** Resolves when this line has been said. */
  heard(line: string): Promise<void> {
    return this.#until(line, () => this.all.includes(line));
  }

  /** Resolves when a line like this has been said. */
  heardLike(words: RegExp): Promise<void> {
    return this.#until(String(words), () => this.all.some((line) => words.test(line)));
  }

  async #until(what: string, wasSaid: () => boolean): Promise<void> {
    while (!wasSaid()) {
      const next = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await within(`"${what}" after ${JSON.stringify(this.all)}`, next);
    }
  }
}
