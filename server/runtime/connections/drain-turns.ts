/**
 * Spreads large answers over turns of the event loop. A fast reader empties the kernel's buffer as fast as Node fills
 * it, and Node asks for the next piece in the same turn: it would copy ten megabytes before it reads another
 * connection. Here each answer gives at most one piece in a turn, and all of them together a few.
 */

/** Pieces of all answers in one turn: about two milliseconds of copying. */
const PIECES = 16;

export class DrainTurns {
  readonly #nextTurn: (run: () => void) => void;
  #waiting: (() => void)[] = [];

  constructor(nextTurn: (run: () => void) => void = setImmediate) {
    this.#nextTurn = nextTurn;
  }

  /** @param goOn gives one piece to the socket */
  add(goOn: () => void): void {
    if (this.#waiting.push(goOn) === 1) this.#nextTurn(this.#run);
  }

  readonly #run = (): void => {
    const now = this.#waiting.splice(0, PIECES);
    if (this.#waiting.length > 0) this.#nextTurn(this.#run);
    for (const goOn of now) goOn();
  };
}
