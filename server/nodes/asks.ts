/** Questions to the other nodes, and which nodes still have to answer them. */
import type { Duration } from '../domain/clock.ts';
import type { SetTimer } from '../timers.ts';

/** A node that leaves a question unanswered for this long is lost. */
export const ANSWER_WITHIN: Duration = 500;

interface Question {
  readonly waiting: Set<number>;
  readonly end: (answered: boolean) => void;
}

export interface AsksOptions {
  readonly setTimer: SetTimer;
  /** A node left a question unanswered; this node heard itself. */
  readonly unanswered: (node: number) => void;
}

export class Asks {
  readonly #options: AsksOptions;
  readonly #open = new Map<number, Question>();
  #last = 0;

  constructor(options: AsksOptions) {
    this.#options = options;
  }

  /** @param self must answer too: its own question comes back only if this node receives what the others send */
  begin(
    self: number,
    others: readonly number[],
  ): { readonly question: number; readonly answered: Promise<boolean> } {
    this.#last += 1;
    const question = this.#last;
    const answered = new Promise<boolean>((resolve) => {
      const waiting = new Set([self, ...others]);
      const end = (is: boolean) => {
        cancel();
        this.#open.delete(question);
        resolve(is);
      };
      const cancel = this.#options.setTimer(() => {
        const silent = [...waiting];
        // Not answered, although those that are silent are now lost: this node may have stopped to hear after its own
        // question came back. The next question, which follows soon, shows that it still hears.
        end(false);
        // A node that does not hear itself cannot say that others are silent.
        if (!silent.includes(self)) for (const node of silent) this.#options.unanswered(node);
      }, ANSWER_WITHIN);
      this.#open.set(question, { waiting, end });
    });
    return { question, answered };
  }

  /** The answer to a question also answers all questions before it. */
  answered(node: number, question: number): void {
    for (const [asked, { waiting, end }] of [...this.#open]) {
      if (asked > question) continue;
      waiting.delete(node);
      if (waiting.size === 0) end(true);
    }
  }

  /** It is gone: no question waits for its answer any more. */
  gone(node: number): void {
    for (const { waiting, end } of [...this.#open.values()]) {
      if (waiting.delete(node) && waiting.size === 0) end(true);
    }
  }

  close(): void {
    for (const { end } of [...this.#open.values()]) end(false);
  }
}
