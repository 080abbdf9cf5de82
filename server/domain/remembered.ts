/**
 * What a pure function gave for the texts it was asked for of late. The text itself is the key, so that nothing here can
 * be out of date. Who gets a value shares it, and must not change it.
 */
export class Remembered<T> {
  readonly #make: (text: string) => T;
  readonly #most: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();

  /** @param most how many are kept at least; never more than twice as many */
  constructor(make: (text: string) => T, most: number) {
    this.#make = make;
    this.#most = most;
  }

  of(text: string): T {
    const young = this.#young.get(text);
    if (young !== undefined) return young;
    const value = this.#old.get(text) ?? this.#make(text);
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
