/**
 * Accepts reports. A report for a live service only changes memory; one for a silent or unknown service needs a
 * decision and a commit.
 */

import type { Clock, Duration, Monotonic } from '../../domain/clock.ts';
import type { Rules } from '../../domain/decision.ts';
import { DomainError } from '../../domain/errors.ts';
import { COMPUTE, type Service, type ServiceKey } from '../../domain/service.ts';
import { isFirstEvidence, onReport } from '../../domain/transition.ts';
import { type Identity, reportsFor } from '../../identity/identity.ts';
import type { Store } from '../../ports/store.ts';
import type { Events } from '../../telemetry/events.ts';
import type { Damping } from '../flapping/damping.ts';
import type { ObserverClock } from '../observer/observer-clock.ts';
import type { ServiceRegistry } from '../services/registry.ts';
import { intervalHint } from './interval-hint.ts';
import { readReport } from './report.ts';
import { ReportAnswer, reportedOf, type ServiceAnswer } from './report-answer.ts';
import { OF_ONE_HOST, type ReporterAddresses } from './reporter-addresses.ts';

export interface HeartbeatsContext {
  readonly store: Store;
  readonly registry: ServiceRegistry;
  readonly observer: ObserverClock;
  readonly damping: Damping;
  readonly clock: Clock;
  readonly rules: Rules;
  /** Makes the id of a service that reports for the first time. */
  readonly uuid: () => string;
  readonly events: Events;
  readonly addresses: ReporterAddresses;
  /** Several nodes: do the others not learn of reports to this node now? */
  readonly isCutOff?: () => boolean;
  /** Called for a report about a host that this caller may not report for. */
  readonly refused: (identity: Identity, report: ServiceKey, from: string | undefined) => void;
}

/**
 * Limits what a stolen token or a faulty agent can add, so that services that do not exist cannot fill the database.
 */
const MOST_ON_A_HOST = 32;

/** Result of one report: the service and when to report next, or what is wrong. */
type ReportOutcome = { readonly service: Service; readonly hint: Duration } | { readonly error: string };

export class Heartbeats {
  readonly #context: HeartbeatsContext;
  /** Running decisions, so that a service that reports in every frame of a storm gets only one. */
  readonly #underWay = new Map<string, Promise<Service>>();
  /** By host, how many of those decisions add a new service. */
  readonly #adding = new Map<string, number>();

  constructor(context: HeartbeatsContext) {
    this.#context = context;
  }

  /**
   * @param reports as received; each is checked separately, so one wrong report does not affect the others @param heard
   * called for each slot with a valid report in this batch @param from the caller's address, where it is known
   */
  async accept(
    reports: readonly unknown[],
    identity: Identity,
    heard?: (slot: number) => void,
    from?: string,
  ): Promise<ReportAnswer> {
    const { registry, observer, clock, events, isCutOff } = this.#context;
    const now = observer.now();
    const wall = clock.now();
    const mayReport = reportsFor(identity);
    const answer = new ReportAnswer(reports.length, isCutOff?.());
    let waiting: Promise<void>[] | undefined;
    let previous: number | undefined;
    /**
     * A batch shares one phase in the interval; otherwise some member of a large batch would always be hinted
     * early.
     */
    let place: number | undefined;
    for (let index = 0; index < reports.length; index++) {
      const next = previous === undefined ? undefined : registry.expectedAfter(previous);
      const expected = next === undefined ? undefined : registry.service(next);
      const report = readReport(reports[index], expected);
      if (typeof report === 'string') {
        answer.reject(index, report);
        continue;
      }
      if (!mayReport(report.host)) {
        this.#context.refused(identity, report, from);
        answer.reject(index, `this token may not report for host ${report.host}`);
        continue;
      }
      const slot = report === expected ? next : registry.slotOf(report);
      if (slot === undefined && identity.kind === 'agent' && this.#isFull(report)) {
        answer.reject(
          index,
          `host ${report.host} has ${MOST_ON_A_HOST} services: delete those that are gone`,
        );
        continue;
      }
      if (slot !== undefined && slot !== next && previous !== undefined)
        registry.lastReports.cameAfter(previous, slot);
      previous = slot;
      place ??= slot;
      if (slot !== undefined) registry.heard(slot, now, wall);
      const service = slot === undefined ? undefined : registry.service(slot);
      if (slot !== undefined && service !== undefined && this.#isAnsweredAtOnce(slot, service, now)) {
        heard?.(slot);
        answer.accept(index, service, this.#hint(place ?? slot, service, now));
        continue;
      }
      waiting ??= [];
      const wait = this.#wait(report, heard).then((outcome) => {
        if ('error' in outcome) answer.reject(index, outcome.error);
        else answer.accept(index, outcome.service, outcome.hint);
      });
      waiting.push(wait);
    }
    if (waiting !== undefined) await Promise.all(waiting);
    if (from !== undefined && reports.length <= OF_ONE_HOST) this.#noteAddress(reports, mayReport, from);
    events.reportsAccepted(answer.accepted, reports.length - answer.accepted);
    return answer;
  }

  /** No commit is needed: the service is live already, or its return is held back because it flaps. */
  #isAnsweredAtOnce(slot: number, service: Service, now: Monotonic): boolean {
    if (service.live && !isFirstEvidence(service)) return true;
    return !service.forcedDown && this.#context.damping.returns(slot, now);
  }

  #noteAddress(reports: readonly unknown[], mayReport: (host: string) => boolean, from: string): void {
    const { registry, addresses } = this.#context;
    for (const report of reports) {
      const host = (report as { readonly host?: unknown } | null)?.host;
      if (typeof host !== 'string' || !mayReport(host)) continue;
      if (registry.slotOf({ host, binary: COMPUTE }) !== undefined) addresses.note(host, from);
    }
  }

  /** Counts a report that arrived while its service's silence was being committed. */
  async heardAgain(key: ServiceKey): Promise<void> {
    const { registry, damping, observer } = this.#context;
    const slot = registry.slotOf(key);
    if (slot === undefined || !damping.returns(slot, observer.now())) await this.announce(key);
  }

  /** A service's flags, in the form its agent receives. */
  reported(slot: number): ServiceAnswer | undefined {
    const service = this.#context.registry.service(slot);
    if (service === undefined) return undefined;
    return reportedOf(service, this.#hint(slot, service, this.#context.observer.now()));
  }

  async #wait(report: ServiceKey, heard?: (slot: number) => void): Promise<ReportOutcome> {
    try {
      const service = await this.announce(report);
      const slot = this.#context.registry.slotOf(service);
      if (slot === undefined) return { error: 'the service was deleted while it reported; report again' };
      heard?.(slot);
      return { service, hint: this.#hint(slot, service, this.#context.observer.now()) };
    } catch (error) {
      if (error instanceof DomainError) return { error: error.message };
      throw error;
    }
  }

  /** Commits that a service is alive: newly added or back. */
  announce({ host, binary }: ServiceKey): Promise<Service> {
    const key = keyOf({ host, binary });
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const { store, uuid, clock, rules, registry, damping, observer } = this.#context;
    const slot = registry.slotOf({ host, binary });
    const flapping = slot !== undefined && damping.isFlapping(slot, observer.now());
    const report = { host, binary, uuid: uuid() };
    const at = clock.now();
    const added = slot === undefined ? 1 : 0;
    this.#count(host, added);
    const announced = store
      .updateService({ host, binary }, (current) =>
        onReport(current, report, at, rules, flapping ? { flapping } : {}),
      )
      .then((service) => service as Service)
      .finally(() => {
        this.#underWay.delete(key);
        this.#count(host, -added);
      });
    this.#underWay.set(key, announced);
    return announced;
  }

  /** Has the host of a new service reached its limit of services? */
  #isFull(report: ServiceKey): boolean {
    if (this.#underWay.has(keyOf(report))) return false;
    const { host } = report;
    return this.#context.registry.servicesOn(host) + (this.#adding.get(host) ?? 0) >= MOST_ON_A_HOST;
  }

  #count(host: string, by: number): void {
    const adding = (this.#adding.get(host) ?? 0) + by;
    if (adding === 0) this.#adding.delete(host);
    else this.#adding.set(host, adding);
  }

  #hint(place: number, service: Service, now: Monotonic): Duration {
    return intervalHint(place, now, this.#context.registry.reportInterval(service));
  }
}

function keyOf({ host, binary }: ServiceKey): string {
  return `${host}\0${binary}`;
}
