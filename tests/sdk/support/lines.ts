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
  async heard(line: string): Promise<void> {
    while (!this.all.includes(line)) {
      const next = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await within(`"${line}" after ${JSON.stringify(this.all)}`, next);
    }
  }
}
