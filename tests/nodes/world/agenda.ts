/** Virtual time of one world: what is due happens in order, each time everything that follows from it at once. */
import { setImmediate as turn } from 'node:timers';

export class Agenda {
  now = 0;
  #due: { readonly at: number; readonly order: number; readonly act: () => void }[] = [];
  #order = 0;

  at(when: number, act: () => void): () => void {
    const entry = { at: Math.max(this.now, when), order: this.#order++, act };
    let low = 0;
    let high = this.#due.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#due[middle]?.at ?? 0) <= entry.at) low = middle + 1;
      else high = middle;
    }
    this.#due.splice(low, 0, entry);
    return () => {
      const index = this.#due.indexOf(entry);
      if (index >= 0) this.#due.splice(index, 1);
    };
  }

  after(ms: number, act: () => void): () => void {
    return this.at(this.now + ms, act);
  }

  async until(end: number): Promise<void> {
    for (;;) {
      const next = this.#due[0];
      if (next === undefined || next.at > end) break;
      this.#due.shift();
      this.now = next.at;
      next.act();
      // Promises settle before the next thing happens.
      await new Promise<void>((resolve) => turn(resolve));
    }
    this.now = end;
  }
}

/** Numbers that a seed decides (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed * 2_654_435_761;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T;
  }
}
