import type { ObserverState } from '../../protocol/downstream.ts';
import type { SetTimer } from '../support/timeout.ts';

/** How long a node may be degraded until another one is looked for. */
const DEGRADED_MS = 10_000;
/** While none is better, ever longer. */
const LONGEST_MS = 80_000;
/** Says when the node in use has been degraded for so long that another one may be better. */
export class Preference {
  readonly #setTimer: SetTimer;
  readonly #onEnough: () => void;
  #wait = DEGRADED_MS;
  #cancel: (() => void) | undefined;

  constructor(setTimer: SetTimer, onEnough: () => void) {
    this.#setTimer = setTimer;
    this.#onEnough = onEnough;
  }

  hear(observer: ObserverState): void {
    if (observer === 'ok') {
      this.stop();
      this.#wait = DEGRADED_MS;
    } else
      this.#cancel ??= this.#setTimer(() => {
        this.#cancel = undefined;
        this.#wait = Math.min(LONGEST_MS, 2 * this.#wait);
        this.#onEnough();
      }, this.#wait);
  }

  /** The connection ended. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
