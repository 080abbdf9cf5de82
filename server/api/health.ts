import { Hono } from 'hono';
import { type Duration, rfc3339 } from '../domain/clock.ts';
import type { ObserverHealth } from '../domain/silence/observer.ts';
import type { Nodes } from '../nodes/nodes.ts';
import type { NodesStatus } from '../nodes/status.ts';
import type { Store } from '../ports/store.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { systemTimers } from '../timers.ts';
import type { Readiness } from './answers/health.ts';

export interface HealthContext {
  readonly store: Pick<Store, 'bounds' | 'trouble' | 'warning'>;
  readonly observer: ObserverHealth;
  readonly metrics: Metrics;
  /** Whether the server has started and is not stopping. */
  readonly isServing: () => boolean;
  /** This node among several on one database. */
  readonly nodes?: Pick<Nodes, 'status' | 'cannotHearOthers'> | undefined;
}

/** The answer needs no token, so it counts no services and names no zone. Operators read those on the stream `hosts`. */
function wordsOf(observer: ObserverHealth): string | undefined {
  const code = observer.code();
  return code === 'maybe_deaf' || code === 'starting' ? WORDS[code] : observer.reason();
}

const WORDS = {
  maybe_deaf: 'services fell silent, and hostbeat itself may be unable to receive reports',
  starting:
    'hostbeat was started; services count as they were last recorded until they are heard or a full period is over',
} as const;

const UNREADABLE = 'the database does not answer, or cannot be read';
/** A load balancer expects an answer within a second or two, and so do people. */
const ANSWER_WITHIN: Duration = 1_000;

/** Was the log read, and soon enough? */
async function isInTime(reading: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = systemTimers.setTimer(() => resolve(false), ANSWER_WITHIN);
    const end = (is: boolean) => {
      cancel();
      resolve(is);
    };
    reading.then(
      () => end(true),
      () => end(false),
    );
  });
}

/** Without a token: which node leads, how many there are, and how far this one is; names are for operators. */
function nodeOf({ self, nodes }: NodesStatus) {
  const { id, leads, tail, trouble } = self;
  const leader = nodes.find((node) => node.leads)?.id ?? null;
  return {
    id,
    leads,
    leader,
    nodes: nodes.length,
    commit: tail,
    ...(trouble === undefined ? {} : { trouble }),
  };
}

/**
 * `/healthz` answers while the event loop turns. `/readyz` answers 200 when the log can be read and silences can be
 * recorded. It reports a pause of the process, or a doubt whether it receives reports, and stays ready: agents would
 * have no server left to report to. `/metrics` is Prometheus' text.
 */
export function createHealth({ store, observer, metrics, isServing, nodes }: HealthContext): Hono {
  const app = new Hono();
  let asking: Promise<boolean> | undefined;
  /** All callers share one query: a database that does not answer gets no queue. */
  const isReadable = (): Promise<boolean> => {
    asking ??= isInTime(store.bounds('hosts')).finally(() => {
      asking = undefined;
    });
    return asking;
  };

  app.get('/healthz', (c) => c.json({ status: 'ok' }));

  app.get('/readyz', async (c) => {
    const canRead = await isReadable();
    const database = canRead && store.trouble() === undefined ? ('ok' as const) : ('failing' as const);
    const state = observer.state();
    const reason = store.trouble() ?? (canRead ? wordsOf(observer) : UNREADABLE);
    const warning = store.warning?.();
    // A report to a node that the others do not receive from may count too late: agents must use another node.
    const isHeard = nodes?.cannotHearOthers() === undefined;
    const ready = isServing() && database === 'ok' && isHeard;
    const body: Readiness = {
      ready,
      database,
      observer: state,
      ...(reason === undefined ? {} : { reason }),
      ...(warning === undefined ? {} : { warning }),
      observing_since: rfc3339(observer.observingSince()),
      ...(nodes === undefined ? {} : { node: nodeOf(nodes.status()) }),
    };
    return c.json(body, ready ? 200 : 503);
  });

  app.get('/metrics', async (c) =>
    c.body(await metrics.registry.metrics(), 200, { 'Content-Type': metrics.registry.contentType }),
  );

  return app;
}
