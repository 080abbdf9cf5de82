/** Entry point of liveness: accepts reports, finds silences, and reports how well this process observes. */

import type { Duration, Instant } from '../domain/clock.ts';
import type { ServiceKey } from '../domain/service.ts';
import type { Observer } from '../domain/silence/observer.ts';
import type { Identity } from '../identity/identity.ts';
import type { ObserverEntry } from '../ports/explanation-log.ts';
import type { SharedHearing } from '../ports/nodes.ts';
import { noEvents } from '../telemetry/events.ts';
import { systemTimers } from '../timers.ts';
import { BackgroundTasks } from './background-tasks.ts';
import { Damping } from './flapping/damping.ts';
import { releaseHolds } from './flapping/release-holds.ts';
import { restoreFlapHistory } from './flapping/restore-history.ts';
import { followCommits } from './follow-commits.ts';
import { joinNodes } from './nodes/join.ts';
import { LoopLag } from './observer/event-loop-lag.ts';
import { ObserverClock } from './observer/observer-clock.ts';
import { ObserverHistory } from './observer/observer-history.ts';
import { Witness, witnessPeriod } from './observer/witness.ts';
import type { LivenessConfig, LivenessOptions } from './options.ts';
import { type AgentConnection, AgentConnections } from './reports/agent-connections.ts';
import { Heartbeats } from './reports/heartbeats.ts';
import { ReportRateLimit } from './reports/rate-limit.ts';
import { RejectedReports } from './reports/rejected-reports.ts';
import type { ReportAnswer, ServiceAnswer } from './reports/report-answer.ts';
import { ReporterAddresses } from './reports/reporter-addresses.ts';
import { Deadlines } from './services/deadlines.ts';
import { loadServices } from './services/load.ts';
import { ServiceRegistry } from './services/registry.ts';
import { LastSeenWriter, WRITE_EVERY } from './services/write-last-seen.ts';
import { LivenessStatus, type ServiceKnowledge } from './status.ts';
import { Departures } from './sweep/departures.ts';
import { MassSilences } from './sweep/mass-silence.ts';
import { readAll } from './sweep/read-all.ts';
import { Sweep } from './sweep/sweep.ts';

const MASS_HOLD: Duration = 10_000;

export interface Counts {
  readonly live: number;
  readonly silent: number;
  /** Services forced down that have reported since and are not silent again. */
  readonly brokenFences: number;
  /** Open agent connections. */
  readonly agents: number;
  /** Services recorded as live that this process has not heard since it started. */
  readonly inGrace: number;
  /** Services that report again, and whose recovery is held back because they flap. */
  readonly held: number;
  /** Share of the last seconds in which the event loop was late, 0 to 1. */
  readonly lag: number;
}

export interface Liveness {
  readonly config: LivenessConfig;
  readonly observer: Observer;
  /** What this node hears, for the other nodes; undefined without `coordination`. */
  readonly shared: SharedHearing | undefined;
  /** Loads the services and starts to look. Call it before the server accepts anything. */
  start(): Promise<void>;
  /** Takes a batch of reports one by one, and rejects wrong ones and those that this caller may not send. */
  accept(reports: readonly unknown[], identity: Identity, from?: string): Promise<ReportAnswer>;
  /** How long this caller must wait before this number of its reports is accepted; 0 if that is now. */
  admit(identity: Identity, reports: number): Duration;
  /** An agent opened a connection; calls `tell` when a flag of one of its services changes. */
  connect(identity: Identity, tell: (service: ServiceAnswer) => void, from?: string): AgentConnection;
  lastSeenUp(key: ServiceKey): Instant | undefined;
  knowledgeOf(key: ServiceKey): ServiceKnowledge | undefined;
  /** When the service's last reports to this process arrived, newest first. */
  arrivals(key: ServiceKey): readonly Instant[];
  /** The observer's state at that time, and how it changed in the `before` milliseconds before it; oldest first. */
  observed(at: Instant, before: Duration): readonly ObserverEntry[];
  /** The last known address of a host; null if unknown. */
  addressOf(host: string): string | null;
  counts(): Counts;
  /**
   * One look at the deadlines. The loop calls it whenever a deadline may have passed, many times a second. Public for
   * tests.
   */
  tick(): Promise<void>;
  /** Stops looking, and writes the last reports to the database. */
  close(): Promise<void>;
}

export function createLiveness(options: LivenessOptions): Liveness {
  const { store, clock, rules, config, logger, uuid, timers = systemTimers, events = noEvents } = options;
  const observer: ObserverClock = new ObserverClock({
    clock,
    reportInterval: config.reportInterval,
    serviceDownTime: config.serviceDownTime,
    shortestDownTime: () => registry.shortestDownTime(),
    trouble: () => store.trouble() ?? options.coordination?.behind?.(),
    receiving: () => options.receiving?.() ?? options.coordination?.cannotHearOthers(),
  });
  const deadlines = new Deadlines(clock.monotonic());
  const registry = new ServiceRegistry(deadlines, config);
  let planLook = () => {};
  const departures = new Departures((until) => {
    if (sweep.isLateFor(until)) planLook();
  });
  const damping = new Damping(config.flapDamping ?? true);
  const flood = new ReportRateLimit(clock);
  const lag = new LoopLag();
  const background = new BackgroundTasks(timers, logger);
  const witness =
    options.witness === undefined
      ? undefined
      : new Witness({
          probe: options.witness,
          now: () => observer.now(),
          answered: () => {
            sweep.witnessAnswered();
            planLook();
          },
        });
  const guard = new MassSilences({
    registry,
    witness,
    uuid,
    serviceDownTime: config.serviceDownTime,
    massHold: config.massHold ?? MASS_HOLD,
  });
  const rejected = new RejectedReports(options.audit, clock);
  const { coordination } = options;
  const addresses = new ReporterAddresses();
  const heartbeats = new Heartbeats({
    store,
    registry,
    observer,
    damping,
    clock,
    rules,
    uuid,
    events,
    addresses,
    ...(coordination === undefined ? {} : { isCutOff: () => coordination.cannotHearOthers() !== undefined }),
    refused: (identity, report, from) =>
      background.run('recording a refused report', rejected.note(identity, report, from)),
  });
  const heardAgain = (service: ServiceKey) =>
    background.run('a report during a commit', heartbeats.heardAgain(service));
  const readArrived = () => readAll({ caughtUp: options.caughtUp, timers, observer });
  const joined =
    coordination === undefined
      ? undefined
      : joinNodes({
          registry,
          deadlines,
          departures,
          observer,
          clock,
          guard,
          coordination,
          readAll: readArrived,
          isReportedHere: (slot) => connections.isReported(slot),
          heardAgain,
        });
  const connections: AgentConnections = new AgentConnections({
    ...(joined === undefined ? {} : { elsewhere: joined.elsewhere }),
    registry,
    departures,
    observer,
    heartbeats,
    reconnectWindow: config.reconnectWindow,
    quietLink: config.serviceDownTime / 2,
  });
  const sweep: Sweep = new Sweep({
    store,
    registry,
    deadlines,
    departures,
    observer,
    guard,
    damping,
    lag,
    clock,
    timers,
    rules,
    events,
    caughtUp: options.caughtUp,
    isCarried: (slot) => connections.isCarried(slot),
    witness,
    isUnanswered: (slot) => connections.isUnanswered(slot),
    looked: (pause) => observed.look(known, pause),
    heardAgain,
    coordination,
  });
  const lastSeen = new LastSeenWriter({ store, registry, events, clock, isCalm: () => sweep.isCalm });
  const followed = followCommits({
    registry,
    deadlines,
    damping,
    connections,
    observer,
    clock,
    timers,
    background,
    events,
    ...(joined === undefined ? {} : { silencedElsewhere: joined.silencedElsewhere }),
    alike: (host, other) =>
      logger.warn(
        { host, other },
        'a host reports under a name that differs from another host only by its case or its domain part: they are two hosts, and servers belong to the name they were registered with',
      ),
  });
  let stopFollowing = () => {};

  async function tick(): Promise<void> {
    await sweep.tick();
    await releaseHolds({ damping, deadlines, observer, registry, heartbeats, timers });
  }

  const posted = (slot: number) => connections.posted(slot);
  const known = new LivenessStatus({ registry, deadlines, damping, connections, observer });
  const observed = new ObserverHistory({
    log: options.explanations,
    clock,
    run: (what, work) => background.run(what, work),
  });

  return {
    config,
    observer: known,
    shared: joined?.hearing,
    tick,
    async start() {
      stopFollowing = store.onCommit(followed);
      await observed.start(await loadServices(store, registry, deadlines, () => observer.now()));
      await restoreFlapHistory(store, registry, damping, observer.now(), clock.now());
      planLook = background.repeat('the sweep', tick, () => sweep.plan());
      background.repeat(
        'writing last reports',
        () => lastSeen.write(),
        () => WRITE_EVERY,
      );
      if (witness === undefined) return;
      const probe = () => witness.check();
      background.run('asking the witness', probe());
      background.repeat('asking the witness', probe, () => witnessPeriod(config.reportInterval));
    },
    admit: (identity, reports) => flood.take(identity, reports),
    addressOf: (host) => addresses.of(host),
    accept: (reports, identity, from) => heartbeats.accept(reports, identity, posted, from),
    connect: (identity, tell, from) => connections.connect(identity, tell, from),
    lastSeenUp: (key) => known.lastSeenUp(key),
    knowledgeOf: (key) => known.knowledgeOf(key),
    arrivals: (key) => known.arrivals(key),
    observed: (at, before) => observed.until(at, before),
    counts: () => ({
      ...registry.counts(),
      agents: connections.open,
      inGrace: registry.inGrace,
      held: damping.holding,
      lag: lag.share,
    }),
    async close() {
      stopFollowing();
      witness?.close();
      await background.end();
      await observed.stop();
      await lastSeen.writeAll();
    },
  };
}
