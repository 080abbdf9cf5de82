/** The agent itself: opens a link, reports over it, and starts again whenever it breaks, until it is stopped. */
import type { ReportsAnswer } from '../../../client-sdk/protocol/agent.ts';
import type { ServiceKey } from '../../domain/service.ts';
import type { CredentialTokens } from '../connection/credentials.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { batches } from './batches.ts';
import type { Checks } from './checks/checks.ts';
import type { Fences } from './fences.ts';
import { type AgentEndpoint, type AgentLink, type Goodbye, LinkLost, type ReportedService } from './link.ts';
import { pause } from './pause.ts';
import { answerTimeout, intervalOf, nextReport, openTimeout } from './schedule.ts';
import { type ServerFailure, Servers } from './servers.ts';

export interface AgentOptions {
  readonly services: readonly ServiceKey[];
  readonly tokens: CredentialTokens;
  /** Tried in this order. */
  readonly servers: readonly AgentEndpoint[];
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
  #link: AgentLink | undefined;
  readonly #servers: Servers;
  /**
   * Links to servers that did not answer in time, and the number of reports that the next server has answered since.
   */
  readonly #left: AgentLink[] = [];
  #sinceLeft = 0;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#servers = new Servers(options.servers);
    this.#batches = batches(options.services);
    this.#interval = intervalOf(options.intervalMs, [], undefined);
  }

  /** Reports until it is stopped; by then it has said goodbye to the server, if the server could be reached. */
  async run(): Promise<void> {
    const { stop, random } = this.#options;
    let leaving: Promise<void> | undefined;
    const leave = () => {
      leaving = this.#link?.close(stop.reason as Goodbye);
    };
    stop.addEventListener('abort', leave);
    while (!stop.aborted) {
      const failure = await this.#connection();
      if (failure !== undefined) await pause(failure.wait(this.#interval, random), stop);
    }
    await leaving;
    for (const link of this.#left) link.drop();
    stop.removeEventListener('abort', leave);
  }

  /** Reports once. @returns undefined if a check does not hold @throws LinkLost, CliError */
  async once(): Promise<ReportsAnswer | undefined> {
    if (!(await this.#options.checks.hold(this.#interval))) return undefined;
    for (let left = this.#options.servers.length; ; left--) {
      try {
        return await this.#reportOnce();
      } catch (error) {
        const isRefused = isRefusal(error);
        if (left <= 1 || isRefused) throw error;
        this.#options.say(this.#servers.failed(error as Error, isRefused).line);
      }
    }
  }

  async #reportOnce(): Promise<ReportsAnswer> {
    const link = await this.#open();
    try {
      return await this.#report(link);
    } finally {
      // The agent closes its connection without a goodbye, so the report counts as long as any other.
      await link.close({ reason: 'restart' });
    }
  }

  /** One connection from its opening to its end. @returns undefined when the agent is stopped */
  async #connection(): Promise<ServerFailure | undefined> {
    const { stop, tokens } = this.#options;
    try {
      this.#link = await this.#open();
      await this.#stay();
      return undefined;
    } catch (error) {
      if (stop.aborted) return undefined;
      const isRefused = isRefusal(error);
      if (isRefused) tokens.refused();
      // A server that refuses after an outage is a different problem from one that cannot be reached.
      const failure = this.#servers.failed(error as Error, isRefused);
      this.#enter(failure.state, failure.line);
      return failure;
    } finally {
      if (!stop.aborted) this.#leave();
      this.#link = undefined;
    }
  }

  /**
   * A server that does not answer may only be slow: it must not see a closed connection before another server has
   * confirmed a report of the host.
   */
  #leave(): void {
    const { servers } = this.#options;
    if (this.#link !== undefined) this.#left.push(this.#link);
    this.#sinceLeft = 0;
    // With one server there is no other to wait for.
    const most = servers.length === 1 ? 0 : servers.length;
    for (const link of this.#left.splice(0, this.#left.length - most)) link.drop();
  }

  /** Within a second the nodes know which services reported to the others; the second report comes later than that. */
  #forgetLeft(): void {
    if (this.#left.length === 0) return;
    this.#sinceLeft += 1;
    if (this.#sinceLeft < 2) return;
    for (const link of this.#left.splice(0)) void link.close();
  }

  async #open(): Promise<AgentLink> {
    const { tokens, fences, stop } = this.#options;
    const events = { service: (service: ReportedService) => fences.answered(service) };
    const { areSeveral, rounds, current } = this.#servers;
    const timeout = openTimeout(this.#interval, areSeveral, rounds);
    const link = await current.open(await tokens.token(), events, stop, timeout);
    // The interval of the last connection stays in force: a slower agent would be called silent.
    this.#interval = intervalOf(this.#options.intervalMs, [], link.reportIntervalMs ?? this.#interval);
    return link;
  }

  /** Ends when the agent is stopped; throws when the link is lost. */
  async #stay(): Promise<void> {
    const { stop, random, services, checks, tokens, monotonic, intervalMs } = this.#options;
    for (let first = true; this.#link !== undefined; first = false) {
      const { lost } = this.#link;
      const begun = monotonic();
      const holds = await checks.hold(this.#interval);
      const checked = monotonic() - begun;
      if (holds) {
        const { accepted, degraded } = await this.#report(this.#link);
        this.#forgetLeft();
        if (degraded === true && this.#servers.isWorthLeaving())
          throw new LinkLost('unreachable', 'it accepts reports and cannot pass them on to the other nodes');
        if (degraded !== true) this.#servers.passedOn();
        // The agent has printed the refusals with their reasons; it never calls a refused service "reporting".
        const to = this.#servers.areSeveral ? ` to ${this.#servers.current.url}` : '';
        if (accepted > 0)
          this.#enter(`reporting ${accepted}${to}`, `reporting ${count(services, accepted)}${to}`);
        else this.#enter('rejected', `reports nothing: the server rejects ${count(services)}`);
      }
      this.#servers.answered();
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
  async #renew(old: AgentLink): Promise<void> {
    const next = await this.#open().catch(() => undefined);
    if (next === undefined) return;
    this.#link = next;
    await old.close();
  }

  async #report(link: AgentLink): Promise<ReportsAnswer> {
    const timeout = answerTimeout(this.#interval, this.#servers.areSeveral);
    const answer = { accepted: 0, rejected: [], services: [] } as ReportsAnswer;
    let offset = 0;
    for (const batch of this.#batches) {
      const part = await link.report(batch, timeout);
      answer.accepted += part.accepted;
      if (part.degraded === true) answer.degraded = true;
      answer.services.push(...part.services);
      for (const { index, error } of part.rejected) answer.rejected.push({ index: index + offset, error });
      offset += batch.length;
    }
    this.#reportRejections(answer);
    for (const service of answer.services) this.#options.fences.answered(service);
    const hints = answer.services.map((service) => service.interval_hint_ms);
    this.#interval = intervalOf(this.#options.intervalMs, hints, link.reportIntervalMs);
    return answer;
  }

  #reportRejections(answer: ReportsAnswer): void {
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

function isRefusal(error: unknown): boolean {
  if (error instanceof LinkLost) return error.kind === 'refused';
  return error instanceof CliError && error.exit !== EXIT.unavailable;
}

function count(services: readonly ServiceKey[], accepted = services.length): string {
  const [only] = services;
  if (services.length === 1 && only !== undefined) return `${only.host} ${only.binary}`;
  return accepted === services.length ? `${accepted} services` : `${accepted} of ${services.length} services`;
}
