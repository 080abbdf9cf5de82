/** The agent itself: opens a link, reports over it, and begins again whenever it breaks, until it is stopped. */
import type { ReportsAnswer } from '../../../client-sdk/protocol/agent.ts';
import type { ServiceKey } from '../../domain/service.ts';
import type { TokenSource } from '../connection/credentials.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { batches } from './batches.ts';
import type { Checks } from './checks.ts';
import type { Fences } from './fences.ts';
import { type Goodbye, type Link, LinkLost, type OpenLink } from './link.ts';
import { pause } from './pause.ts';
import { intervalOf, nextReport, retryDelay } from './schedule.ts';

export interface AgentOptions {
  readonly services: readonly ServiceKey[];
  readonly tokens: TokenSource;
  readonly open: OpenLink;
  readonly fences: Fences;
  /** The agent reports only while these checks hold. */
  readonly checks: Pick<Checks, 'hold'>;
  /** The operator's interval. Absent: the server's. */
  readonly intervalMs: number | undefined;
  /** One line for a person, on a change of state and never per failure. */
  say(line: string): void;
  /** Aborted with a Farewell as its reason. */
  readonly stop: AbortSignal;
  readonly random: () => number;
  readonly monotonic: () => number;
}

export class Agent {
  readonly #options: AgentOptions;
  readonly #batches: readonly (readonly ServiceKey[])[];
  readonly #rejected = new Map<string, string>();
  #interval: number;
  #state = '';
  #link: Link | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#batches = batches(options.services);
    this.#interval = intervalOf(options.intervalMs, [], undefined);
  }

  /** Reports until it is stopped; then it has said goodbye to the server, if it could be reached. */
  async run(): Promise<void> {
    const { stop, random } = this.#options;
    let leaving: Promise<void> | undefined;
    const leave = () => {
      leaving = this.#link?.close(stop.reason as Goodbye);
    };
    stop.addEventListener('abort', leave);
    let attempt = 0;
    while (!stop.aborted) {
      const retryAfter = await this.#connection(() => {
        attempt = 0;
      });
      await pause(retryDelay(attempt, this.#interval, retryAfter, random), stop);
      attempt += 1;
    }
    await leaving;
    stop.removeEventListener('abort', leave);
  }

  /** Reports once. @returns undefined if a check does not hold @throws LinkLost, CliError */
  async once(): Promise<ReportsAnswer | undefined> {
    if (!(await this.#options.checks.hold(this.#interval))) return undefined;
    const link = await this.#open();
    try {
      return await this.#report(link);
    } finally {
      // The agent closes its connection without a goodbye, so the report counts as long as any other.
      await link.close({ reason: 'restart' });
    }
  }

  /** One connection from its opening to its end. @returns how long the server asked the agent to wait, if it did */
  async #connection(onReported: () => void): Promise<number | undefined> {
    const { stop, tokens } = this.#options;
    try {
      this.#link = await this.#open();
      await this.#stay(onReported);
    } catch (error) {
      if (stop.aborted) return undefined;
      const isRefused =
        error instanceof LinkLost
          ? error.kind === 'refused'
          : error instanceof CliError && error.exit !== EXIT.unavailable;
      if (isRefused) tokens.refused();
      // Being refused by a server that is back is another problem than not reaching it.
      this.#enter(isRefused ? 'refused' : 'lost', `${(error as Error).message}; keeps trying`);
      return error instanceof LinkLost ? error.retryAfterMs : undefined;
    } finally {
      if (!stop.aborted) await this.#link?.close();
      this.#link = undefined;
    }
    return undefined;
  }

  async #open(): Promise<Link> {
    const { tokens, open, fences, stop } = this.#options;
    const link = await open(await tokens.token(), { service: (service) => fences.answered(service) }, stop);
    // The interval of the last connection stays in force: an agent that retried less often would be called silent.
    this.#interval = intervalOf(this.#options.intervalMs, [], link.reportIntervalMs ?? this.#interval);
    return link;
  }

  /** Ends when it is stopped; a lost link is thrown. */
  async #stay(onReported: () => void): Promise<void> {
    const { stop, random, services, checks, tokens, monotonic, intervalMs } = this.#options;
    for (let first = true; this.#link !== undefined; first = false) {
      const { lost } = this.#link;
      const begun = monotonic();
      const holds = await checks.hold(this.#interval);
      const checked = monotonic() - begun;
      if (holds) {
        const { accepted } = await this.#report(this.#link);
        // The agent has printed the refusals with their reasons; it never calls a refused service "reporting".
        if (accepted > 0) this.#enter(`reporting ${accepted}`, `reporting ${count(services, accepted)}`);
        else this.#enter('rejected', `reports nothing: the server rejects ${count(services)}`);
      }
      onReported();
      const wait = nextReport(this.#interval, intervalMs !== undefined, first, random);
      await pause(Math.max(0, wait - checked), stop, lost);
      if (stop.aborted) return;
      if (lost.aborted) throw lost.reason;
      if (tokens.renewAt !== undefined && monotonic() >= tokens.renewAt) await this.#renew(this.#link);
    }
  }

  /**
   * Moves to a connection with a fresh token. The new one is open before the old one closes, and reports go over it at
   * once, so that the hosts are never without one. If that fails, the old one stays in use as long as it lasts.
   */
  async #renew(old: Link): Promise<void> {
    const next = await this.#open().catch(() => undefined);
    if (next === undefined) return;
    this.#link = next;
    await old.close();
  }

  async #report(link: Link): Promise<ReportsAnswer> {
    const timeout = Math.min(10_000, Math.max(1_000, this.#interval));
    const answer = { accepted: 0, rejected: [], services: [] } as ReportsAnswer;
    let offset = 0;
    for (const batch of this.#batches) {
      const part = await link.report(batch, timeout);
      answer.accepted += part.accepted;
      answer.services.push(...part.services);
      for (const { index, error } of part.rejected) answer.rejected.push({ index: index + offset, error });
      offset += batch.length;
    }
    this.#tellRejections(answer);
    for (const service of answer.services) this.#options.fences.answered(service);
    const hints = answer.services.map((service) => service.interval_hint_ms);
    this.#interval = intervalOf(this.#options.intervalMs, hints, link.reportIntervalMs);
    return answer;
  }

  #tellRejections(answer: ReportsAnswer): void {
    const now = new Map<string, string>();
    for (const { index, error } of answer.rejected) {
      const service = this.#options.services[index];
      if (service !== undefined) now.set(`${service.host} ${service.binary}`, error);
    }
    for (const [key, error] of now)
      if (this.#rejected.get(key) !== error) this.#options.say(`${key} is rejected: ${error}`);
    for (const key of this.#rejected.keys()) if (!now.has(key)) this.#options.say(`${key} is accepted again`);
    this.#rejected.clear();
    for (const [key, error] of now) this.#rejected.set(key, error);
  }

  #enter(state: string, line: string): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.say(line);
  }
}

function count(services: readonly ServiceKey[], accepted = services.length): string {
  const [only] = services;
  if (services.length === 1 && only !== undefined) return `${only.host} ${only.binary}`;
  return accepted === services.length ? `${accepted} services` : `${accepted} of ${services.length} services`;
}
