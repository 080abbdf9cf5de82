/**
 * An async iterator whose `return()` and `throw()` settle at once, in every state. A generator's would wait for a
 * pending `next()`, which on a quiet stream never ends.
 */
import { deferred } from './deferred.ts';

type Result<T> = IteratorResult<T, void>;

export class PromptIterator<T> implements AsyncGenerator<T, void, undefined> {
  readonly #take: () => Promise<Result<T>>;
  readonly #close: () => void;
  /** Callers of `next()` that wait. */
  readonly #waiting = new Set<(end: Result<T>) => void>();
  /** Calls of `next()` are answered in order. */
  #turn: Promise<unknown> = Promise.resolve();
  #over = false;

  /**
   * @param take the next item; never called twice at once, nor after the end
   * @param close called once, when the caller leaves or the items end; must not throw
   */
  constructor(take: () => Promise<Result<T>>, close: () => void) {
    this.#take = take;
    this.#close = close;
  }

  next(): Promise<Result<T>> {
    const { promise, resolve, reject } = deferred<Result<T>>();
    this.#waiting.add(resolve);
    const settle = (settled: () => void) => {
      this.#waiting.delete(resolve);
      settled();
    };
    this.#turn = this.#turn.then(async () => {
      try {
        const result = this.#over ? END : await this.#take();
        if (result.done) this.#leave();
        settle(() => resolve(result));
      } catch (error) {
        settle(() => reject(error));
        this.#leave();
      }
    });
    return promise;
  }

  async return(): Promise<Result<T>> {
    this.#leave();
    return END;
  }

  async throw(error: unknown): Promise<Result<T>> {
    this.#leave();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leave();
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#close();
    for (const end of this.#waiting) end(END);
    this.#waiting.clear();
  }
}

const END = { done: true, value: undefined } as const;
