import type { SetTimer } from '../changes/feed.ts';
import type { Clock, Duration, Monotonic } from '../domain/clock.ts';
import type { HubSettings } from './context.ts';

export interface Pulsating {
  tick(now: Monotonic): void;
}

export interface KeepaliveOptions {
  readonly clock: Clock;
  readonly setTimer: SetTimer;
  readonly settings: Pick<HubSettings, 'healthInterval' | 'pingInterval' | 'pongTimeout'>;
  readonly everyone: () => Iterable<Pulsating>;
}

/**
 * Walks over all connections many times an interval; what is due at each step is a small slice of them. Its time does
 * not run while the process stands still: pongs that lie unread after a pause of ours are nobody's silence.
 */
export class Keepalive {
  readonly #options: KeepaliveOptions;
  readonly #step: Duration;
  #now: Monotonic = 0;
  #before: Monotonic;
  #cancel: () => void = () => undefined;

  constructor(options: KeepaliveOptions) {
    const { healthInterval, pingInterval, pongTimeout } = options.settings;
    this.#options = options;
    this.#step = Math.min(250, Math.max(10, Math.min(healthInterval, pingInterval, pongTimeout) / 20));
    this.#before = options.clock.monotonic();
  }

  get now(): Monotonic {
    return this.#now;
  }

  start(): void {
    this.#cancel = this.#options.setTimer(() => {
      this.tick();
      this.start();
    }, this.#step);
  }

  tick(): void {
    const monotonic = this.#options.clock.monotonic();
    this.#now += Math.min(monotonic - this.#before, 4 * this.#step);
    this.#before = monotonic;
    for (const one of this.#options.everyone()) one.tick(this.#now);
  }

  stop(): void {
    this.#cancel();
  }
}
