/** Looks up names for deliveries: limited per project and in all, timed, and cached for a few seconds. */
import type { Clock, Duration, Monotonic } from '../domain/clock.ts';
import { FairQueue } from '../limits/fair-queue.ts';
import type { Lookup } from './targets.ts';

export interface NameLookupsOptions {
  readonly lookup: (host: string, signal: AbortSignal) => Promise<readonly { readonly address: string }[]>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Of one look-up. */
  readonly timeout?: Duration;
}

const TIMEOUT: Duration = 5_000;
/** Short, so that deliveries soon find a service that has moved, and the checked address is recent. */
const KEPT: Duration = 10_000;
const FAILURE_KEPT: Duration = 5_000;
const MOST_KEPT = 1_000;
const LIMITS = {
  running: 64,
  runningPerKey: 4,
  waiting: 1_024,
  waitingPerKey: 64,
  what: 'look-ups of names',
};

interface CachedLookup {
  readonly answer: Promise<readonly { readonly address: string }[]>;
  readonly until: Monotonic;
}

/** A name server that does not answer delays only the project that uses the name. */
export function nameLookups({ lookup, clock, timeout = TIMEOUT }: NameLookupsOptions): Lookup {
  const queue = new FairQueue(LIMITS);
  const kept = new Map<string, CachedLookup>();
  /** Keyed by project too: a look-up waiting in one project's queue must not delay another project. */
  const underWay = new Map<string, CachedLookup['answer']>();

  const keep = (host: string, answer: CachedLookup['answer'], duration: Duration) => {
    kept.delete(host);
    kept.set(host, { answer, until: clock.monotonic() + duration });
    const [oldest] = kept.keys();
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  };
  return (host, projectId) => {
    const known = kept.get(host);
    if (known !== undefined && clock.monotonic() < known.until) return known.answer;
    const key = JSON.stringify([projectId, host]);
    const running = underWay.get(key);
    if (running !== undefined) return running;
    const answer = queue.run(projectId, () => within(lookup, host, timeout));
    underWay.set(key, answer);
    void answer
      .then(
        () => keep(host, answer, KEPT),
        () => keep(host, answer, FAILURE_KEPT),
      )
      .finally(() => underWay.delete(key));
    return answer;
  };
}

/** Ends the wait even where the look-up ignores the signal. */
function within(
  lookup: NameLookupsOptions['lookup'],
  host: string,
  timeout: Duration,
): ReturnType<NameLookupsOptions['lookup']> {
  const signal = AbortSignal.timeout(timeout);
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    lookup(host, signal).then(resolve, reject);
  });
}
