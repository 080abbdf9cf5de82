/** A guarantee that did not hold. `rule` is its name in the design: G1 … G8. */
export interface Violation {
  readonly rule: string;
  readonly at: number;
  readonly what: string;
}

export class Violations {
  readonly all: Violation[] = [];
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  add(rule: string, what: string): void {
    this.all.push({ rule, at: this.#now(), what });
  }

  get any(): boolean {
    return this.all.length > 0;
  }
}
