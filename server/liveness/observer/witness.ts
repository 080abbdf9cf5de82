/**
 * The witness: outside addresses, one of which must be reachable, or a silence may be our own fault. It is probed at a
 * low rate, to notice the end of an interruption, and when services fall silent without others that vouch for them.
 */
import type { Duration, Monotonic } from '../../domain/clock.ts';
import type { WitnessAnswer } from '../../domain/silence/reception.ts';

/** PORT. Resolves to whether one of the addresses could be reached; ends early when the signal aborts. */
export type WitnessProbe = (signal: AbortSignal) => Promise<boolean>;

/** How long an answer counts. A silence is always older: it lasted for a whole service_down_time. */
const FRESH: Duration = 1_000;
const LONGEST_PERIOD: Duration = 10_000;
const SHORTEST_PERIOD: Duration = 1_000;

export interface WitnessContext {
  readonly probe: WitnessProbe;
  /** The observer's clock. */
  readonly now: () => Monotonic;
  /** Called after each answer, because silences may wait for it. */
  readonly answered: () => void;
}

export class Witness {
  readonly #context: WitnessContext;
  readonly #end = new AbortController();
  #running: Promise<void> | undefined;
  #isReachable: boolean | undefined;
  /** When the probe that gave the last answer began. */
  #askedAt: Monotonic = Number.NEGATIVE_INFINITY;
  #unreachableAt: Monotonic = Number.NEGATIVE_INFINITY;

  constructor(context: WitnessContext) {
    this.#context = context;
  }

  /** The present answer. Without a fresh one it starts a probe; only one runs at a time. */
  ask(): WitnessAnswer {
    if (this.#context.now() - this.#askedAt > FRESH) {
      void this.check();
      if (this.#isReachable !== false) return 'asking';
    }
    return this.#isReachable === true ? 'reachable' : 'unreachable';
  }

  /** The last answer, of any age; starts no probe. */
  get lastAnswer(): WitnessAnswer {
    if (this.#isReachable === undefined) return 'asking';
    return this.#isReachable ? 'reachable' : 'unreachable';
  }

  /** When the witness was last found unreachable. */
  get unreachableAt(): Monotonic {
    return this.#unreachableAt;
  }

  /** Starts a probe, or waits for the running one. */
  check(): Promise<void> {
    this.#running ??= this.#probe().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  close(): void {
    this.#end.abort();
  }

  async #probe(): Promise<void> {
    const { probe, now, answered } = this.#context;
    const askedAt = now();
    const { signal } = this.#end;
    const { promise: ended, resolve: end } = Promise.withResolvers<false>();
    const onAbort = () => end(false);
    signal.addEventListener('abort', onAbort, { once: true });
    const isReachable = await Promise.race([probe(signal).catch(() => false), ended]);
    signal.removeEventListener('abort', onAbort);
    if (signal.aborted) return;
    this.#askedAt = askedAt;
    this.#isReachable = isReachable;
    if (!isReachable) this.#unreachableAt = now();
    answered();
  }
}

/** How often to probe while no service is silent. */
export function witnessPeriod(reportInterval: Duration): Duration {
  return Math.min(LONGEST_PERIOD, Math.max(SHORTEST_PERIOD, reportInterval));
}
