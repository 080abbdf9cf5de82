/** Explains a service to an operator: what was known, what was committed, and a verdict. */
import type { ServiceChange } from '../../client-sdk/protocol/items.ts';
import type { Clock, Duration, Instant } from '../domain/clock.ts';
import { rfc3339 } from '../domain/clock.ts';
import type { Rules } from '../domain/decision.ts';
import { serviceStatus } from '../domain/host-status.ts';
import type { Service, ServiceKey } from '../domain/service.ts';
import type { ExplanationLog, ObserverEntry } from '../ports/explanation-log.ts';
import type { LogRow } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import type { Case } from './case.ts';
import { type Around, changesAround, known } from './changes.ts';
import { type DeliveryContext, deliveriesOf } from './deliveries.ts';
import { doubtAbout, observedBefore } from './doubt.ts';
import { OBSERVER_SHOWN, silenceShown } from './shown.ts';
import { verdictOf } from './verdict.ts';

/** What the process knows in memory. Liveness provides it. */
export interface Watcher {
  observed(at: Instant, before: Duration): readonly ObserverEntry[];
  arrivals(key: ServiceKey): readonly Instant[];
  knowledgeOf(key: ServiceKey):
    | {
        readonly lastSeenUp: Instant | null;
        readonly silentInMs: Duration | null;
        readonly reportIntervalMs: Duration;
        readonly serviceDownTimeMs: Duration;
        readonly connected: boolean;
        readonly confidence: NonNullable<Case['now']>['confidence'];
      }
    | undefined;
}

export interface ExplainContext extends DeliveryContext {
  readonly store: Pick<Store, 'history'>;
  readonly explanations: Pick<ExplanationLog, 'silences' | 'sameCommit'>;
  readonly watcher: Watcher;
  readonly clock: Clock;
  readonly rules: Rules;
  /** Brings the log's index by service up to date. */
  readonly catchUp: () => Promise<void>;
}

/** @param at the moment to explain; undefined for now */
export async function explainService(service: Service, at: Instant | undefined, context: ExplainContext) {
  const { watcher, clock, explanations } = context;
  const moment = at ?? clock.now();
  await context.catchUp();
  const around = await changesAround(
    moment,
    (before, limit) => context.store.history('hosts', service.uuid, before, limit),
    (row) => itemsOf(row, service),
  );
  const [change, silence] = [known(around.inForce, around.changes[0]), known(around.silence)];
  const [record] = silence === undefined ? [] : await explanations.silences(service.id, silence.at, 1);
  const own = record !== undefined && record.at === silence?.at ? record : undefined;
  const now = at === undefined ? nowOf(service, context) : undefined;
  const verdict = verdictOf({
    name: service.host,
    at: moment,
    change,
    silence,
    record: own,
    status: statusThen(service, around, moment, context.rules),
    addedAt: service.createdAt,
    now: now?.known,
    doubt: doubtAbout(silence, own, observedBefore(silence, watcher.observed)),
  });
  const { uuid, host, binary, zone } = service;
  const explained = around.inForce;
  return {
    service: { uuid, host, binary, zone },
    at: rfc3339(moment),
    host_status: change?.to ?? statusThen(service, around, moment, context.rules) ?? null,
    verdict,
    now: now?.shown ?? null,
    silence: own === undefined ? null : silenceShown(own),
    observer: watcher.observed(moment, OBSERVER_SHOWN).map(({ at: from, blind, ...entry }) => ({
      at: rfc3339(from),
      ...entry,
      blind_ms: blind,
    })),
    changes: [...around.changes],
    deliveries: explained === undefined ? null : await deliveriesOf(explained, service, context),
  };
}

function itemsOf(row: LogRow, { uuid }: Service): ServiceChange[] {
  return (JSON.parse(row.items) as ServiceChange[]).filter(({ service_id }) => service_id === uuid);
}

/**
 * The status where no change is recorded: the present one if it was the same then, else the one from which the next
 * change started.
 */
function statusThen(service: Service, { next }: Around<ServiceChange>, at: Instant, { order }: Rules) {
  if (service.statusSince <= at) return serviceStatus(service, order);
  return next?.from ?? undefined;
}

function nowOf(service: Service, { watcher, clock }: ExplainContext) {
  const heard = watcher.knowledgeOf(service);
  if (heard === undefined) return undefined;
  const arrivals = watcher.arrivals(service);
  const { lastSeenUp, silentInMs, reportIntervalMs, serviceDownTimeMs, connected, confidence } = heard;
  return {
    known: {
      lastHeard: lastSeenUp,
      age: lastSeenUp === null ? undefined : clock.now() - lastSeenUp,
      silentIn: silentInMs,
      reportInterval: reportIntervalMs,
      confidence,
    },
    shown: {
      arrivals: arrivals.map(rfc3339),
      last_heard: lastSeenUp === null ? null : rfc3339(lastSeenUp),
      silent_in_ms: silentInMs,
      report_interval_ms: reportIntervalMs,
      service_down_time_ms: serviceDownTimeMs,
      connected,
      confidence,
    },
  };
}
