import type { ObserverState } from '../../protocol/downstream.ts';
import { type SetTimer, Timeout } from '../support/timeout.ts';

/**
 * How well hostbeat itself sees the hosts. `ok`; `degraded`: it doubts that it receives all reports; `paused`: it is not sweeping;
 * `unknown`: the server has not said, so a quiet stream proves nothing.
 */
export type TrackerState = ObserverState | 'unknown';

const KNOWN: Record<ObserverState, true> = { ok: true, degraded: true, paused: true };
/** Two missed intervals, and a fifth for the delivery: the server sends health frames in slices. */
const MISSED_AFTER = 2.2;

/**
 * Keeps the last `welcome` or `health` until two `health` are missing, whether or not the connection broke meanwhile: a
 * quick reconnect says nothing about the tracker.
 */
export class ServerHealth {
  readonly #timeout: Timeout;
  readonly #onState: (state: TrackerState) => void;
  #state: TrackerState = 'unknown';

  constructor(setTimer: SetTimer, onState: (state: TrackerState) => void) {
    this.#timeout = new Timeout(setTimer);
    this.#onState = onState;
  }

  get state(): TrackerState {
    return this.#state;
  }

  onObserver(observer: ObserverState, intervalMs: number): void {
    this.#timeout.arm(intervalMs * MISSED_AFTER, () => this.#set('unknown'));
    this.#set(Object.hasOwn(KNOWN, observer) ? observer : 'unknown');
  }

  close(): void {
    this.#timeout.clear();
    this.#set('unknown');
  }

  #set(state: TrackerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }
}
