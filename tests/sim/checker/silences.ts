/**
 * G4, G5: who was called silent, and who was not. What counts is when a report reached the machine, or would have, had
 * the server been there: an agent does not become silent because the server was dead, stopped or unable to receive.
 */
import type { Item } from './history.ts';
import type { Violations } from './violations.ts';

/** Of two events a few turns of a loop apart either may come first. */
const SLACK = 120;

interface Evidence {
  /** When reports reached us, or would have. */
  readonly reports: number[];
  /** When they truly did. */
  readonly arrivals: number[];
  readonly closes: number[];
  readonly goodbyes: number[];
}

export interface SilenceRules {
  readonly downTime: number;
  readonly reconnectWindow: number;
}

export class Silences {
  readonly #rules: SilenceRules;
  readonly #violations: Violations;
  readonly #now: () => number;
  readonly #hosts = new Map<string, Evidence>();

  constructor(rules: SilenceRules, violations: Violations, now: () => number) {
    this.#rules = rules;
    this.#violations = violations;
    this.#now = now;
  }

  reported(host: string): void {
    this.wouldHaveReported(host);
    this.#of(host).arrivals.push(this.#now());
  }

  /** The agent did all it could, and we were not there. */
  wouldHaveReported(host: string): void {
    this.#of(host).reports.push(this.#now());
  }

  connectionEnded(host: string): void {
    this.#of(host).closes.push(this.#now());
  }

  goodbye(host: string): void {
    this.#of(host).goodbyes.push(this.#now());
  }

  lastReport(host: string): number {
    return this.#of(host).reports.at(-1) ?? 0;
  }

  /** When one truly reached us. */
  lastArrival(host: string): number {
    return this.#of(host).arrivals.at(-1) ?? 0;
  }

  /**
   * A silence was committed. A report that a host would have sent counts as long as it lives.
   * @param soundSince since when we have been able to read what comes
   */
  silenced(host: string, { cause }: Item, isAlive: boolean, soundSince: number): void {
    const now = this.#now();
    const { reports, arrivals, closes, goodbyes } = this.#of(host);
    const last = arrivals.findLast((at) => at <= now - SLACK) ?? 0;
    const { downTime, reconnectWindow } = this.#rules;
    const wasLost = closes.some((at) => at >= last - SLACK && now - at >= reconnectWindow - SLACK);
    const saidGoodbye = goodbyes.some((at) => at >= last - SLACK);
    const isHeardAgain = last > Math.max(soundSince, now - downTime + SLACK);
    const wasSilent =
      !isHeardAgain && longestGap(isAlive ? reports : arrivals, now - downTime, now) >= downTime - SLACK;
    const holds: Record<string, boolean> = {
      connection_lost: wasLost,
      goodbye: saidGoodbye,
      timeout: wasSilent,
      // Many at once, each for one of the reasons above.
      mass: wasLost || saidGoodbye || wasSilent,
    };
    if (holds[cause] !== true) this.#wrong(host, cause, last);
  }

  #wrong(host: string, cause: string, last: number): void {
    const { reports, closes } = this.#of(host);
    const recent = (list: readonly number[]) => list.slice(-4).map(Math.round).join(' ');
    this.#violations.add(
      'G5',
      `${host} was called silent (${cause}), heard at ${Math.round(last)}; reports ${recent(reports)}; closes ${recent(closes)}`,
    );
  }

  #of(host: string): Evidence {
    const known = this.#hosts.get(host);
    if (known !== undefined) return known;
    const made = { reports: [], arrivals: [], closes: [], goodbyes: [] };
    this.#hosts.set(host, made);
    return made;
  }
}

/** Between two reports, or the last one and the end; the one before the beginning counts as well. */
function longestGap(reports: readonly number[], from: number, to: number): number {
  let before = reports.findLast((at) => at <= from) ?? Number.NEGATIVE_INFINITY;
  let longest = 0;
  for (const at of [...reports.filter((at) => at > from), to]) {
    longest = Math.max(longest, at - before);
    before = at;
  }
  return longest;
}
