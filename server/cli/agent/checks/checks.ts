/** Runs all checks of an agent together before each report. */
import type { HealthCheck } from './check.ts';

export interface ChecksOptions {
  readonly checks: readonly HealthCheck[];
  /** One line for a person, on a change and never per check. */
  say(line: string): void;
}

/** The share of an interval that a check may take, and its upper limit in milliseconds. */
const SHARE = 0.5;
const LONGEST_MS = 10_000;

export class Checks {
  readonly #options: ChecksOptions;
  #failing = '';

  constructor(options: ChecksOptions) {
    this.#options = options;
  }

  /** Whether all checks hold. One that takes too long does not. */
  async hold(intervalMs: number): Promise<boolean> {
    const { checks, say } = this.#options;
    const most = Math.min(LONGEST_MS, intervalMs * SHARE);
    const answers = await Promise.all(checks.map((check) => within(check, most)));
    const failing = answers.filter((answer) => answer !== undefined).join('; ');
    if (failing !== '' && this.#failing === '') say(`does not report: ${failing}`);
    if (failing === '' && this.#failing !== '') say('reports again: every check passes');
    this.#failing = failing;
    return failing === '';
  }
}

async function within(check: HealthCheck, ms: number): Promise<string | undefined> {
  const stop = new AbortController();
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => {
    late.resolve(`a check gave no answer within ${Math.round(ms)} ms`);
    stop.abort();
  }, ms);
  try {
    return await Promise.race([check(stop.signal), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
