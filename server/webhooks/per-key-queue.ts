/** What concerns one thing happens one after the other, however many ask for it at once. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#last.get(key) ?? Promise.resolve()).then(work);
    const forget = () => {
      if (this.#last.get(key) === over) this.#last.delete(key);
    };
    const over: Promise<void> = turn.then(forget, forget);
    this.#last.set(key, over);
    return turn;
  }
}
