/** The metrics, in Prometheus' text format. Labels have few values: no host, project or user. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { CLOSE } from '../../client-sdk/protocol/close-codes.ts';

export type Metrics = ReturnType<typeof createMetrics>;

/** Each server has its own registry, so that two servers in one process, as in tests, count separately. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Counter<L>({ name: `hostbeat_${name}`, help, labelNames, registers });
  const gaugeOf = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge<L>({ name: `hostbeat_${name}`, help, labelNames, registers });
  const histogram = <L extends string>(
    name: string,
    help: string,
    buckets: number[],
    labelNames: readonly L[] = [],
  ) => new Histogram<L>({ name: `hostbeat_${name}`, help, buckets, labelNames, registers });

  const metrics = {
    registry,
    reports: counter('reports_total', 'Reports taken or rejected.', ['outcome']),
    transitions: counter('service_transitions_total', 'Committed changes of a service, by what it became.', [
      'to',
      'cause',
    ]),
    commits: counter('commits_total', 'Transactions with changes.'),
    commitsFailed: counter('commits_failed_total', 'Writes that the database could not do.', ['what']),
    pauses: counter('observer_pauses_total', 'Times hostbeat itself was paused or late.'),
    pausedSeconds: counter('observer_paused_seconds_total', 'How long hostbeat itself was paused or late.'),
    wallSteps: counter('wall_clock_steps_total', 'Times the wall clock was set by more than a second.'),
    masses: counter('mass_silences_total', 'Times very many services of one zone fell silent at once.', [
      'held',
    ]),
    connections: counter('connections_total', 'Sockets opened.', ['kind']),
    closes: counter('connections_closed_total', 'Sockets closed, by close code.', ['kind', 'code']),
    slowConsumers: counter('slow_consumers_total', 'Clients of the stream closed because they did not read.'),
    answersCut: counter('answers_cut_total', 'Connections ended because their answers were not read.', [
      'why',
    ]),
    turnedAway: counter('connections_turned_away_total', 'New connections ended at once.', ['why']),
    evicted: counter('connections_evicted_total', 'Connections not in use that were ended for a new one.'),
    webhooksParked: counter('webhooks_parked_total', 'Webhooks given up until their owner resumes them.'),
    reloads: counter('reloads_total', 'Files read again, by what is in them and whether it could be used.', [
      'what',
      'outcome',
    ]),
    resumes: counter('resumes_total', 'Subscriptions answered, by how.', ['how', 'reason']),
    commitTime: histogram(
      'commit_duration_seconds',
      'From the request for a decision to its commit.',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    ),
    lateness: histogram(
      'silence_lateness_seconds',
      'From a deadline that passed to the commit of the silence.',
      [0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    ),
    witnessProbes: counter('witness_probes_total', 'Connections made to witnesses, by how they ended.', [
      'outcome',
    ]),
    witnessProbeTime: histogram(
      'witness_probe_duration_seconds',
      'How long a witness took to answer, its name looked up.',
      [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2],
    ),
    asks: counter(
      'node_asks_total',
      'Questions to all other nodes before a silence, by whether each answered or was lost.',
      ['outcome'],
    ),
    askTime: histogram(
      'node_ask_duration_seconds',
      'How long the answers to a question to all other nodes took.',
      [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
    ),
    build: gaugeOf('build_info', '1, with the version that runs and the runtime it runs on.', [
      'version',
      'runtime',
    ]),
    requests: histogram(
      'http_request_duration_seconds',
      'HTTP requests by API, method and class of status.',
      [0.001, 0.005, 0.025, 0.1, 0.5, 2.5],
      ['door', 'method', 'status'],
    ),
  };
  beginAtZero(metrics);
  return metrics;
}

/**
 * Starts the series at 0: a series that starts with its first event shows no increase, and an alert would miss that
 * event.
 */
function beginAtZero({
  reports,
  commitsFailed,
  masses,
  closes,
  answersCut,
  turnedAway,
  reloads,
}: Record<
  'reports' | 'commitsFailed' | 'masses' | 'closes' | 'answersCut' | 'turnedAway' | 'reloads',
  Counter
>): void {
  for (const outcome of ['accepted', 'rejected']) reports.inc({ outcome }, 0);
  for (const what of ['silence', 'last_seen_up']) commitsFailed.inc({ what }, 0);
  for (const held of ['true', 'false']) masses.inc({ held }, 0);
  for (const why of ['connection', 'address', 'total', 'stalled']) answersCut.inc({ why }, 0);
  for (const why of ['descriptors', 'address']) turnedAway.inc({ why }, 0);
  for (const what of ['policy', 'certificate', 'authorities', 'secrets'])
    for (const outcome of ['taken', 'refused']) reloads.inc({ what, outcome }, 0);
  for (const kind of ['stream', 'agent']) closes.inc({ kind, code: CLOSE.slowConsumer.code }, 0);
}

/** A gauge that is read when the metrics are read. */
export function gauge(metrics: Metrics, name: string, help: string, read: () => number): void {
  new Gauge({
    name: `hostbeat_${name}`,
    help,
    registers: [metrics.registry],
    collect() {
      this.set(read());
    },
  });
}

/** A gauge of several series: those that exist when the metrics are read. */
export function gauges(
  metrics: Metrics,
  name: string,
  help: string,
  label: string,
  read: () => readonly (readonly [label: string, value: number])[],
): void {
  new Gauge({
    name: `hostbeat_${name}`,
    help,
    labelNames: [label],
    registers: [metrics.registry],
    collect() {
      this.reset();
      for (const [of, value] of read()) this.set({ [label]: of }, value);
    },
  });
}

/** A counter that another part keeps, read when the metrics are read. */
export function counterOf(metrics: Metrics, name: string, help: string, read: () => number): void {
  let before = 0;
  new Counter({
    name: `hostbeat_${name}`,
    help,
    registers: [metrics.registry],
    collect() {
      const now = read();
      this.inc(now - before);
      before = now;
    },
  });
}

/** One series for each state; the current one has 1. */
export function states<S extends string>(
  metrics: Metrics,
  name: string,
  help: string,
  all: readonly S[],
  read: () => S,
): void {
  new Gauge({
    name: `hostbeat_${name}`,
    help,
    labelNames: ['state'],
    registers: [metrics.registry],
    collect() {
      const now = read();
      for (const state of all) this.set({ state }, Number(state === now));
    },
  });
}

/** Memory, event loop lag and the like of the whole process, and its version. Call it once in a process. */
export function countProcess(metrics: Metrics, version: string): void {
  // A timer measures the lag: the package's default of 10 ms would wake an idle process more than anything else.
  collectDefaultMetrics({ register: metrics.registry, eventLoopMonitoringPrecision: 100 });
  const runtime = 'Deno' in globalThis ? 'deno' : `node ${process.versions.node}`;
  metrics.build.set({ version, runtime }, 1);
}
