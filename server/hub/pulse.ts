import type { Duration, Monotonic } from '../domain/clock.ts';
import type { HubSettings } from './context.ts';

export interface Due {
  readonly health: boolean;
  readonly ping: boolean;
  /** The pong is overdue: nobody is there. */
  readonly lost: boolean;
}

/**
 * When one connection hears of our health and is asked for a pong. It begins at a random place in the interval, so
 * that ten thousand clients that came at once are not all written to at once for ever.
 */
export class Pulse {
  readonly #settings: Pick<HubSettings, 'healthInterval' | 'pingInterval' | 'pongTimeout'>;
  #nextHealth: Monotonic;
  #nextPing: Monotonic;
  #pongBy: Monotonic = Number.POSITIVE_INFINITY;

  /** @param phase 0 <= x < 1 */
  constructor(
    settings: Pick<HubSettings, 'healthInterval' | 'pingInterval' | 'pongTimeout'>,
    now: Monotonic,
    phase: number,
  ) {
    this.#settings = settings;
    this.#nextHealth = now + phase * settings.healthInterval;
    this.#nextPing = now + phase * settings.pingInterval;
  }

  due(now: Monotonic): Due {
    const { healthInterval, pingInterval, pongTimeout } = this.#settings;
    if (now >= this.#pongBy) return LOST;
    const health = now >= this.#nextHealth;
    const ping = now >= this.#nextPing;
    if (!health && !ping) return NOTHING;
    if (health) this.#nextHealth = after(this.#nextHealth, healthInterval, now);
    if (ping) {
      this.#nextPing = after(this.#nextPing, pingInterval, now);
      // A pong that is still awaited is not awaited longer for a second ping.
      this.#pongBy = Math.min(this.#pongBy, now + pongTimeout);
    }
    return { health, ping, lost: false };
  }

  onPong(): void {
    this.#pongBy = Number.POSITIVE_INFINITY;
  }
}

/** One interval on, in step; but what was missed is not made up for. */
function after(due: Monotonic, interval: Duration, now: Monotonic): Monotonic {
  return due + interval > now ? due + interval : now + interval;
}

const NOTHING: Due = { health: false, ping: false, lost: false };
const LOST: Due = { health: false, ping: false, lost: true };
