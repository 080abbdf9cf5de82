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

  /** Sets the wall clock, as an operator or NTP would; the monotonic one does not change. */
  stepWall(ms: number): void {
    this.#wall += ms;
  }
}
