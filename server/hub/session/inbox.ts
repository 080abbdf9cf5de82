/** A client's message; undefined for a binary one. */
export type Message = string | undefined;

/** Messages that may wait: a client may say all it has to say at once, but not more than that. */
export const CAPACITY = 64;

/**
 * Answers a client's messages one after the other. While an answer needs something that is not at hand, such as an
 * identity, those that follow wait.
 */
export class Inbox {
  readonly #answer: (message: Message) => void;
  #waiting: Message[] = [];
  #held = false;
  #closed = false;

  constructor(answer: (message: Message) => void) {
    this.#answer = answer;
  }

  /** @returns false if it is full */
  take(message: Message): boolean {
    if (this.#closed) return true;
    if (!this.#held) {
      this.#answer(message);
      return true;
    }
    return this.#waiting.push(message) <= CAPACITY;
  }

  /** What comes from now on waits until this is over; it must not fail. */
  hold(until: Promise<void>): void {
    this.#held = true;
    void until.then(() => this.#readOn());
  }

  close(): void {
    this.#closed = true;
    this.#waiting = [];
  }

  #readOn(): void {
    this.#held = false;
    while (!this.#held && !this.#closed && this.#waiting.length > 0) this.#answer(this.#waiting.shift());
  }
}
