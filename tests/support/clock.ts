import type { Clock } from '../../server/domain/clock.ts';

/** A clock that a test controls: both times stand still until the test moves them. */
export class FakeClock implements Clock {
  #wall = Date.UTC(2026, 0, 1);
  #monotonic = 1_000;

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  /** Time passes on both clocks. */
  advance(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }

  /** The wall clock is set, by an operator or by NTP; the monotonic one does not notice. */
  stepWall(ms: number): void {
    this.#wall += ms;
  }
}
