/** Reports come in. Of a live service they cost memory only; a silent or unknown one is decided on and committed. */

import type { ReportsAnswer } from '../../client-sdk/protocol/agent.ts';
import type { Clock, Monotonic } from '../domain/clock.ts';
import type { Rules } from '../domain/decision.ts';
import { DomainError } from '../domain/errors.ts';
import type { Service, ServiceKey } from '../domain/service.ts';
import { isFirstEvidence, onReport } from '../domain/transition.ts';
import { type Identity, reportsFor } from '../identity/identity.ts';
import type { Store } from '../store.ts';
import type { Events } from '../telemetry/events.ts';
import { Answer, reportedText } from './answer.ts';
import type { Damping } from './damping.ts';
import { intervalHint } from './interval-hint.ts';
import type { ObserverClock } from './observer-clock.ts';
import { readReport } from './report.ts';
import type { Roster } from './roster.ts';

export type Reported = ReportsAnswer['services'][number];

export interface HeartbeatsContext {
  readonly store: Store;
  readonly roster: Roster;
  readonly observer: ObserverClock;
  readonly damping: Damping;
  readonly clock: Clock;
  readonly rules: Rules;
  /** Of a service that is heard for the first time. */
  readonly uuid: () => string;
  readonly events: Events;
  /** A report for a host that is not the caller's. */
  readonly refused: (identity: Identity, report: ServiceKey, from: string | undefined) => void;
}

/** What a report came to, by its position in the batch: the service as it is told, as text, or what is wrong. */
type Outcome = string | { readonly error: string };

export class Heartbeats {
  readonly #context: HeartbeatsContext;
  /** Decisions under way, so that a service reporting in every frame of a storm is decided on once. */
  readonly #underWay = new Map<string, Promise<Service>>();

  constructor(context: HeartbeatsContext) {
    this.#context = context;
  }

  /**
   * @param reports as they came, each checked by itself: a wrong one is rejected and the others count
   * @param heard called for each slot that a report of this batch was counted for
   * @param from the caller's address, where it is known
   */
  async accept(
    reports: readonly unknown[],
    identity: Identity,
    heard?: (slot: number) => void,
    from?: string,
  ): Promise<Answer> {
    const { roster, observer, damping, clock, events } = this.#context;
    const now = observer.now();
    const wall = clock.now();
    const mayReport = reportsFor(identity);
    const outcomes: Outcome[] = new Array(reports.length);
    let waiting: Promise<void>[] | undefined;
    let previous: number | undefined;
    for (let index = 0; index < reports.length; index++) {
      const report = readReport(reports[index]);
      if (typeof report === 'string') {
        outcomes[index] = { error: report };
        continue;
      }
      if (!mayReport(report.host)) {
        this.#context.refused(identity, report, from);
        outcomes[index] = { error: `this token may not report for host ${report.host}` };
        continue;
      }
      const slot = roster.slotAfter(previous, report);
      previous = slot;
      if (slot !== undefined) roster.heard(slot, now, wall);
      const service = slot === undefined ? undefined : roster.service(slot);
      if (slot !== undefined && service?.live === true && !isFirstEvidence(service)) {
        heard?.(slot);
        outcomes[index] = this.#reported(slot, service, now);
        continue;
      }
      if (slot !== undefined && service !== undefined && !service.forcedDown && damping.returns(slot, now)) {
        heard?.(slot);
        outcomes[index] = this.#reported(slot, service, now);
        continue;
      }
      waiting ??= [];
      const wait = this.#wait(report, heard).then((outcome) => {
        outcomes[index] = outcome;
      });
      waiting.push(wait);
    }
    if (waiting !== undefined) await Promise.all(waiting);
    const answer = answerOf(outcomes);
    events.reportsAccepted(answer.accepted, answer.rejected.length);
    return answer;
  }

  /** Counts a report that was heard while its service's silence was being committed. */
  async heardAgain(key: ServiceKey): Promise<void> {
    const { roster, damping, observer } = this.#context;
    const slot = roster.slotOf(key);
    if (slot === undefined || !damping.returns(slot, observer.now())) await this.announce(key);
  }

  /** A service's flags as its agent is told them. */
  reported(slot: number): Reported | undefined {
    const service = this.#context.roster.service(slot);
    if (service === undefined) return undefined;
    return JSON.parse(this.#reported(slot, service, this.#context.observer.now()));
  }

  async #wait(report: ServiceKey, heard?: (slot: number) => void): Promise<Outcome> {
    try {
      const service = await this.announce(report);
      const slot = this.#context.roster.slotOf(service);
      if (slot === undefined) return { error: 'the service was deleted while it reported; report again' };
      heard?.(slot);
      return this.#reported(slot, service, this.#context.observer.now());
    } catch (error) {
      if (error instanceof DomainError) return { error: error.message };
      throw error;
    }
  }

  /** Has it committed that a service is heard, as new or again. */
  announce({ host, binary }: ServiceKey): Promise<Service> {
    const key = `${host}\0${binary}`;
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return underWay;
    const { store, uuid, clock, rules, roster, damping, observer } = this.#context;
    const slot = roster.slotOf({ host, binary });
    const flapping = slot !== undefined && damping.isFlapping(slot, observer.now());
    const report = { host, binary, uuid: uuid() };
    const at = clock.now();
    const announced = store
      .updateService({ host, binary }, (current) =>
        onReport(current, report, at, rules, flapping ? { flapping } : {}),
      )
      .then((service) => service as Service)
      .finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, announced);
    return announced;
  }

  #reported(slot: number, service: Service, now: Monotonic): string {
    return reportedText(service, intervalHint(slot, now, this.#context.roster.reportInterval(service)));
  }
}

function answerOf(outcomes: readonly Outcome[]): Answer {
  const services: string[] = [];
  const rejected: ReportsAnswer['rejected'] = [];
  for (let index = 0; index < outcomes.length; index++) {
    const outcome = outcomes[index]!;
    if (typeof outcome === 'string') services.push(outcome);
    else rejected.push({ index, error: outcome.error });
  }
  return new Answer(services, rejected);
}
