import type { Random } from './random.ts';

/** A promise is waited for, and has settled what it did; `false` says that no code under test ran. */
type Act = () => unknown;

interface Entry {
  readonly at: number;
  readonly tie: number;
  readonly act: Act;
}

/** How often the event loop really turns, which reports rejected promises that nothing awaits. */
const REAL_TURN = 16;
let settlings = 0;

/** Resolves when every promise that can go on has gone on: a tick comes after all of them, and those they waited for. */
export function settled(): Promise<void> {
  const isReal = ++settlings % REAL_TURN === 0;
  return new Promise((resolve) => {
    if (isReal) setImmediate(resolve);
    else process.nextTick(() => process.nextTick(resolve));
  });
}

/**
 * Time and order of the whole world. What is due at one instant happens in an order the seed draws, and after each act
 * every promise is let run out before the next: nothing else in the process decides what comes first.
 */
export class Agenda {
  /** Milliseconds since the world began. */
  now = 0;
  /** How many acts there were. */
  acts = 0;
  readonly #random: Random;
  readonly #heap: Entry[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  at(time: number, act: Act): void {
    const entry = { at: Math.max(time, this.now), tie: this.#random.next(), act };
    const heap = this.#heap;
    let place = heap.push(entry) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!before(entry, heap[above] as Entry)) break;
      heap[place] = heap[above] as Entry;
      place = above;
    }
    heap[place] = entry;
  }

  after(time: number, act: Act): void {
    this.at(this.now + time, act);
  }

  /** Lets the world go on until `end`, or until `enough` says so between two acts. */
  async run(end: number, enough: () => boolean): Promise<void> {
    while (!enough()) {
      const next = this.#heap[0];
      if (next === undefined || next.at > end) {
        this.now = end;
        return;
      }
      this.#removeFirst();
      this.now = next.at;
      this.acts++;
      const done = next.act();
      if (done instanceof Promise) await done;
      else if (done !== false) await settled();
    }
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop() as Entry;
    if (heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child++;
      if (!before(heap[child] as Entry, last)) break;
      heap[place] = heap[child] as Entry;
      place = child;
    }
    heap[place] = last;
  }
}

function before(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.tie < other.tie);
}
