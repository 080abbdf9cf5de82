/**
 * Which texts came by before, among the last thousands. What is asked for once is not worth a place in memory: who reads
 * through everything would push out what others ask for again and again.
 */
export class SeenBefore {
  readonly #most: number;
  #young = new Set<string>();
  #old = new Set<string>();

  /** @param most how many are remembered at least; never more than twice as many */
  constructor(most: number) {
    this.#most = most;
  }

  /** Did it come by before? From now on it did. */
  again(text: string): boolean {
    if (this.#young.has(text)) return true;
    if (this.#young.size >= this.#most) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(text);
    return this.#old.has(text);
  }
}
