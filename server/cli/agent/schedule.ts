/** Computes when the agent sends next, and how long it waits for an answer. Randomness is passed in. */

const SHORTEST_MS = 100;
const LONGEST_MS = 3_600_000;
const DEFAULT_INTERVAL_MS = 10_000;

/**
 * How long to wait after a report: at most the interval, never longer. The server's interval is
 * used as it is, because the server spreads its agents; an operator's own interval is spread here, the first
 * wait widely, so that agents which were started together do not report together for ever.
 */
export function nextReport(
  intervalMs: number,
  ownInterval: boolean,
  first: boolean,
  random: () => number,
): number {
  if (!ownInterval) return intervalMs;
  const spread = first ? 0.5 : 0.1;
  return intervalMs * (1 - spread * random());
}

/** The interval to keep: the operator's, else the shortest that the server asks for any service, else its default. */
export function intervalOf(
  own: number | undefined,
  hints: readonly number[],
  asked: number | undefined,
): number {
  const shortest =
    hints.length === 0 ? (asked ?? DEFAULT_INTERVAL_MS) : hints.reduce((a, b) => Math.min(a, b));
  return own ?? Math.min(LONGEST_MS, Math.max(SHORTEST_MS, shortest));
}

/**
 * Full jitter: uniform between 0 and a bound that doubles from 200 ms. The bound stays below the report interval
 * and below 10 s: an agent that waits longer than the service_down_time would cause a false silence. For the same
 * reason a `Retry-After`, also a proxy's, counts up to the report interval only;
 * agents that are all sent away for longer spread over its last quarter.
 */
export function retryDelay(
  attempt: number,
  intervalMs: number,
  atLeastMs: number | undefined,
  random: () => number,
): number {
  const cap = Math.min(10_000, Math.max(500, intervalMs));
  const bound = Math.min(cap, 200 * 2 ** Math.min(attempt, 10));
  const longest = Math.max(500, intervalMs);
  const asked = (atLeastMs ?? 0) + bound * random();
  return asked < longest ? asked : longest * (1 - 0.25 * random());
}

/**
 * How long to wait for the answer to a report. If there is another server, an unanswered report goes there before the
 * host could count as silent: after an interval, or two seconds of a longer one.
 */
export function answerTimeout(intervalMs: number, areSeveral: boolean): number {
  return areSeveral
    ? Math.min(2_000, Math.max(500, intervalMs))
    : Math.min(10_000, Math.max(1_000, intervalMs));
}

/**
 * Time limit for opening a link. Each round in which no server opened one doubles it, up to an interval: where all servers
 * are only slow, as after a restart of a large site, a link that is given up early costs them the work again, for ever.
 * @param rounds how often all servers have failed since the last report that was answered
 */
export function openTimeout(intervalMs: number, areSeveral: boolean, rounds = 0): number {
  if (!areSeveral) return 10_000;
  const longest = Math.min(10_000, Math.max(2_000, intervalMs));
  return Math.min(longest, answerTimeout(intervalMs, true) * 2 ** Math.min(rounds, 10));
}

/** The wait before the next server: spread over a second at most, because all agents of a dead server come. */
export function moveDelay(intervalMs: number, random: () => number): number {
  return Math.min(1_000, intervalMs / 4) * random();
}
