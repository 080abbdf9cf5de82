/** A process on a machine: it may be stopped and go on, or be killed. While it is stopped nothing of it happens. */
import type { SetTimer } from '../../../server/timers.ts';
import type { Agenda } from './agenda.ts';

export class Machine {
  readonly #agenda: Agenda;
  /** No two machines' clocks agree. */
  readonly #offset: number;
  #waiting: (() => void)[] = [];
  isStopped = false;
  isDead = false;

  constructor(agenda: Agenda, offset: number) {
    this.#agenda = agenda;
    this.#offset = offset;
  }

  readonly clock = {
    monotonic: () => this.#agenda.now + this.#offset,
    now: () => 1_700_000_000_000 + this.#agenda.now,
  };

  readonly setTimer: SetTimer = (then, after) => this.after(after, then);

  readonly timers = { setTimer: this.setTimer, nextTurn: () => Promise.resolve() };

  /** What happens to the process after some time; a stopped one meets it when it goes on. */
  after(ms: number, act: () => void): () => void {
    let isCancelled = false;
    const cancel = this.#agenda.after(ms, () => this.#happens(() => isCancelled || act()));
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  stop(ms: number): void {
    this.isStopped = true;
    this.#agenda.after(ms, () => {
      this.isStopped = false;
      for (const act of this.#waiting.splice(0)) if (!this.isDead) act();
    });
  }

  kill(): void {
    this.isDead = true;
    this.#waiting = [];
  }

  #happens(act: () => void): void {
    if (this.isDead) return;
    if (this.isStopped) this.#waiting.push(act);
    else act();
  }
}
