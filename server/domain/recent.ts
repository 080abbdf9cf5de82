/** A cache by text, for recently used texts. Texts that are used again stay; the others are forgotten. */
export class Recent<T> {
  readonly #most: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  readonly #weigh: (value: T) => number;
  /** Weight of the young entries. */
  #weight = 0;

  /**
   * @param most how many entries are kept at least; never more than twice that
   * @param weigh the weight of an entry, if they differ; its bytes, for example
   */
  constructor(most: number, weigh: (value: T) => number = () => 1) {
    this.#most = most;
    this.#weigh = weigh;
  }

  get(key: string): T | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  /** Does not keep an entry that weighs more than the whole limit. */
  set(key: string, value: T): void {
    const weight = this.#weigh(value);
    const before = this.#young.get(key);
    if (before !== undefined) this.#forget(key, before);
    if (weight > this.#most) {
      this.#old.delete(key);
      return;
    }
    if (this.#weight + weight > this.#most) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
    this.#young.set(key, value);
    this.#weight += weight;
  }

  delete(key: string): void {
    const young = this.#young.get(key);
    if (young !== undefined) this.#forget(key, young);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#weight = 0;
  }

  #forget(key: string, young: T): void {
    this.#weight -= this.#weigh(young);
    this.#young.delete(key);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
