/**
 * What JSON texts mean, for as many as were read of late: pollers ask for the same rows again and again, and to parse a
 * row's details costs as much as to read it. The text itself is the key, so that nothing here can be out of date. Who
 * gets a value shares it, and must not change it.
 */
export class Parsed<T> {
  readonly #most: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** @param most how many are kept at least; never more than twice as many */
  constructor(most: number) {
    this.#most = most;
  }

  of(text: string): T {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const value = this.#old.get(text) ?? (JSON.parse(text) as T);
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, value);
    return value;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
