/** A client's message; undefined for a binary one. */
export type ClientMessage = string | undefined;

/** Messages that may wait: a client may send all its requests at once, but not more than that. */
export const CAPACITY = 64;

/**
 * Answers a client's messages one after the other. While an answer waits for a look-up, such as that of an identity,
 * the following messages wait too.
 */
export class Inbox {
  readonly #answer: (message: ClientMessage) => void;
  #waiting: ClientMessage[] = [];
  #isPaused = false;
  #closed = false;

  constructor(answer: (message: ClientMessage) => void) {
    this.#answer = answer;
  }

  /** @returns false if the inbox is full */
  take(message: ClientMessage): boolean {
    if (this.#closed) return true;
    if (!this.#isPaused) {
      this.#answer(message);
      return true;
    }
    return this.#waiting.push(message) <= CAPACITY;
  }

  /** Later messages wait until this promise resolves; it must not reject. */
  pauseUntil(until: Promise<void>): void {
    this.#isPaused = true;
    void until.then(() => this.#readOn());
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  #readOn(): void {
    this.#isPaused = false;
    while (!this.#isPaused && !this.#closed && this.#waiting.length > 0) this.#answer(this.#waiting.shift());
  }
}
