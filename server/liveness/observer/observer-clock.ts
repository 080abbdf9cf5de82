/**
 * The clock that measures silence: it stands still while this process is not looking. After a stopped process, a
 * suspended machine or a blocked loop, every service seems to have been silent for that long. A late tick therefore
 * takes the whole gap out of the clock in one step, and for a while no service is called silent, until every agent had
 * a chance to report again. Setting the wall clock has no effect here.
 */
import type { HealthCode, ObserverState } from '../../../client-sdk/protocol/downstream.ts';
import type { Clock, Duration, Instant, Monotonic } from '../../domain/clock.ts';
import type { ObserverHealth } from '../../domain/silence/observer.ts';

/** What the tick found; the caller logs it and updates the metrics. */
export interface Tick {
  /** How long this process was not looking; 0 if it was. */
  readonly pause: Duration;
  /** Since the last tick. */
  readonly gap: Duration;
  /** How far the wall clock was set since the last tick; small steps count as 0. */
  readonly wallStep: Duration;
}

export interface ObserverSettings {
  readonly clock: Clock;
  /** The deployment's defaults. */
  readonly reportInterval: Duration;
  readonly serviceDownTime: Duration;
  /** Shortest service_down_time that any service has now. */
  readonly shortestDownTime: () => Duration;
  /** Why silences cannot be recorded, in words; undefined while they can. */
  readonly trouble?: () => string | undefined;
  /** Why connections, and reports on them, may be lost now, in words; undefined while none are. */
  readonly receiving?: () => string | undefined;
}

/**
 * What observing depends on: recording in the database, receiving reports, reading them in time, and the event loop.
 */
export type Faculty = 'recording' | 'hearing' | 'reading' | 'loop';

const LATELY_UNREACHABLE =
  'connections could not be accepted; silences are not reported until every service had time to report';

const CODES: Readonly<Record<Faculty, HealthCode>> = {
  recording: 'database',
  hearing: 'maybe_deaf',
  reading: 'late',
  loop: 'late',
};

const NOTICED_WALL_STEP: Duration = 1_000;
const HOLD_INTERVALS = 1.5;

export class ObserverClock implements ObserverHealth {
  readonly #settings: ObserverSettings;
  #lost: Duration = 0;
  #lastTick: Monotonic;
  #lastWall: Instant;
  #resumedAt: Monotonic = Number.NEGATIVE_INFINITY;
  /** When connections were last known to be lost. */
  #unreachableAt: Monotonic = Number.NEGATIVE_INFINITY;
  #observingSince: Instant;
  readonly #degraded = new Map<Faculty, string>();

  constructor(settings: ObserverSettings) {
    this.#settings = settings;
    this.#lastTick = settings.clock.monotonic();
    this.#lastWall = this.#observingSince = settings.clock.now();
  }

  /**
   * Time by this clock. Between a pause and the tick that notices it, this is the time at which the pause began:
   * otherwise the first report read after a pause would count as heard in a future that the tick then takes back.
   */
  now(): Monotonic {
    const since = this.#settings.clock.monotonic() - this.#lastTick;
    return this.#lastTick - this.#lost + (since > this.#longestGap() ? 0 : since);
  }

  /** Call it every few tens of milliseconds: the gap between two calls is the only evidence of a pause. */
  tick(): Tick {
    const { clock } = this.#settings;
    const monotonic = clock.monotonic();
    const wall = clock.now();
    const gap = monotonic - this.#lastTick;
    const step = wall - this.#lastWall - gap;
    const pause = gap > this.#longestGap() ? gap : 0;
    this.#lastTick = monotonic;
    this.#lastWall = wall;
    if (pause > 0) {
      this.#lost += pause;
      this.#resumedAt = this.now();
      this.#observingSince = wall;
    }
    if (this.#settings.receiving?.() !== undefined) this.#unreachableAt = this.now();
    return { pause, gap, wallStep: Math.abs(step) > NOTICED_WALL_STEP ? step : 0 };
  }

  /**
   * Until when, by this clock, a service with these settings must not be called silent: after a pause, or after a time
   * without new connections, it has time to report again.
   */
  heldUntil(reportInterval: Duration, downTime: Duration): Monotonic {
    const since = Math.max(this.#resumedAt, this.#unreachableAt);
    return since + Math.min(HOLD_INTERVALS * reportInterval, downTime);
  }

  /** Must no silence be concluded now? */
  get isWithholding(): boolean {
    const { reportInterval, serviceDownTime } = this.#settings;
    return this.now() <= this.heldUntil(reportInterval, serviceDownTime);
  }

  /** Something that observing depends on has failed, until `recover`. */
  degrade(faculty: Faculty, reason: string): void {
    this.#degraded.set(faculty, reason);
  }

  recover(faculty: Faculty): void {
    this.#degraded.delete(faculty);
  }

  state(): ObserverState {
    if (this.#holding()) return 'paused';
    return this.#unwell() === undefined ? 'ok' : 'degraded';
  }

  reason(): string | undefined {
    if (this.#holding())
      return 'hostbeat itself was paused; it commits no silence until every service had time to report';
    return this.#unwell();
  }

  code(): HealthCode | undefined {
    if (this.#holding()) return 'late';
    const { trouble, receiving } = this.#settings;
    if (trouble?.() !== undefined) return 'database';
    if (receiving?.() !== undefined || this.isWithholding) return 'maybe_deaf';
    const [faculty] = this.#degraded.keys();
    return faculty === undefined ? undefined : CODES[faculty];
  }

  observingSince(): Instant {
    return this.#observingSince;
  }

  #unwell(): string | undefined {
    const { trouble, receiving } = this.#settings;
    const lost = receiving?.() ?? (this.isWithholding ? LATELY_UNREACHABLE : undefined);
    return trouble?.() ?? lost ?? this.#degraded.values().next().value;
  }

  /** Is this the time after a pause? */
  #holding(): boolean {
    return this.isWithholding && this.#resumedAt >= this.#unreachableAt;
  }

  /**
   * At most half the shortest service_down_time: a gap that could use up a service's time by itself is always a pause.
   */
  #longestGap(): Duration {
    const shortest = this.#settings.shortestDownTime();
    return Math.min(Math.max(1_000, shortest / 4), shortest / 2);
  }
}
