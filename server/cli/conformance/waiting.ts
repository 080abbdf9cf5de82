/** Waits for actions of the client under test, up to its time limit. */
export class Waiting {
  /** Milliseconds that each step may take. */
  readonly patience: number;
  readonly #fault: () => string | undefined;
  #wake: () => void = () => undefined;

  /** @param fault what the client has done that no step may allow; it ends every wait */
  constructor(patience: number, fault: () => string | undefined) {
    this.patience = patience;
    this.#fault = fault;
  }

  /** Something happened: every wait checks its condition again. */
  wake(): void {
    this.#wake();
  }

  /** Waits until `look` finds something. @throws Error naming what was waited for */
  async until<T>(what: string, look: () => T | undefined, ms = this.patience): Promise<T> {
    const end = performance.now() + ms;
    for (;;) {
      const fault = this.#fault();
      if (fault !== undefined) throw new Error(fault);
      const found = look();
      if (found !== undefined) return found;
      const left = end - performance.now();
      if (left <= 0) throw new Error(`waited ${ms} ms for ${what}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
