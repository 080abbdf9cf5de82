/**
 * Events of the server: each function counts and logs in one place. None of them throws, so that observing never makes
 * a caller fail.
 */
import { CLOSE } from '../../client-sdk/protocol/close-codes.ts';
import type { ServiceChange } from '../../client-sdk/protocol/items.ts';
import type { Logger } from './logger.ts';
import { noLogger } from './logger.ts';
import { createMetrics, type Metrics } from './metrics.ts';

export type SocketKind = 'stream' | 'agent';

/**
 * hostbeat's own close codes, and those of a broken or silent end. A client may send any other code, and none of these
 * must add a series.
 */
const COUNTED = new Set<number>([...Object.values(CLOSE).map(({ code }) => code), 1005, 1006]);
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export interface Events {
  reportsAccepted(accepted: number, rejected: number): void;
  /** A service changed, as committed. */
  hostTransition(change: ServiceChange): void;
  observerPaused(forMs: number): void;
  wallClockStepped(byMs: number): void;
  /**
   * Many services of one zone fell silent at once. `held`: the sweep does not know yet whether this process can
   * receive.
   */
  massSilence(held: boolean): void;
  /** A transaction with events was committed. */
  committed(): void;
  commitFailed(what: string, error: unknown): void;
  /** A decision is on the disk, with the time since it was requested. */
  commitTook(seconds: number): void;
  /** A silence was committed, with the time since its deadline. */
  silenceTold(lateMs: number): void;
  socketOpened(kind: SocketKind): void;
  socketClosed(kind: SocketKind, code: number): void;
  /** A client that did not read is cut off; `closed` follows once its connection has ended. */
  slowConsumer(): void;
  resumeAnswered(how: 'snapshot' | 'resumed' | 'reset', reason?: string): void;
  /** A connection was ended because its client does not read its answers, or too many bytes wait. */
  answerCut(why: string): void;
  /** A new connection was ended at once: there is no descriptor for it, or its address has reached its limit. */
  connectionTurnedAway(why: string): void;
  /** An unused connection was ended in favour of a new one. */
  connectionEvicted(): void;
  /** Connections cannot be accepted, with the reason; undefined: they can again. */
  acceptingChanged(trouble: string | undefined): void;
  requestAnswered(api: string, method: string, status: number, seconds: number): void;
}

export function createEvents(metrics: Metrics, logger: Logger): Events {
  // Every report and request counts here, so these series are looked up only once.
  const reports = {
    accepted: metrics.reports.labels({ outcome: 'accepted' }),
    rejected: metrics.reports.labels({ outcome: 'rejected' }),
  };
  const requests = new Map<string, { observe(seconds: number): void }>();
  const events: Events = {
    reportsAccepted(accepted, rejected) {
      reports.accepted.inc(accepted);
      if (rejected > 0) reports.rejected.inc(rejected);
    },
    hostTransition(change) {
      metrics.transitions.inc({ to: change.to || 'none', cause: change.cause });
      const { host, binary, from, to, cause, servers, kind } = change;
      logger.info({ host, binary, kind, from, to, cause, servers }, 'service changed');
    },
    observerPaused(forMs) {
      metrics.pauses.inc();
      metrics.pausedSeconds.inc(forMs / 1_000);
      logger.warn({ for_ms: Math.round(forMs) }, 'hostbeat was paused; silences are withheld for a while');
    },
    wallClockStepped(byMs) {
      metrics.wallSteps.inc();
      logger.warn({ by_ms: Math.round(byMs) }, 'the wall clock was set; no decision depends on it');
    },
    massSilence(held) {
      metrics.masses.inc({ held: String(held) });
      logger.warn(
        { held },
        held
          ? 'very many services fell silent at once, and hostbeat may be unable to receive reports; it withholds them for a moment'
          : 'very many services fell silent at once, and others report: the silences are committed',
      );
    },
    committed() {
      metrics.commits.inc();
    },
    commitFailed(what, error) {
      metrics.commitsFailed.inc({ what });
      // A locked, full or missing database is logged once when the trouble begins and once when it ends.
      const isKnown = (error as { readonly code?: unknown } | undefined)?.code === 'unavailable';
      logger[isKnown ? 'debug' : 'error'](
        { what, err: error },
        'the database could not write; it is tried again',
      );
    },
    commitTook(seconds) {
      metrics.commitTime.observe(seconds);
    },
    silenceTold(lateMs) {
      metrics.lateness.observe(lateMs / 1_000);
    },
    socketOpened(kind) {
      metrics.connections.inc({ kind });
    },
    socketClosed(kind, code) {
      metrics.closes.inc({ kind, code: COUNTED.has(code) ? code : 'other' });
      if (code === CLOSE.slowConsumer.code) logger.warn({ kind }, 'a slow consumer was closed; it resumes');
    },
    slowConsumer() {
      metrics.slowConsumers.inc();
    },
    resumeAnswered(how, reason) {
      metrics.resumes.inc({ how, reason: reason ?? '' });
    },
    answerCut(why) {
      metrics.answersCut.inc({ why });
    },
    connectionTurnedAway(why) {
      metrics.turnedAway.inc({ why });
    },
    connectionEvicted() {
      metrics.evicted.inc();
    },
    acceptingChanged(trouble) {
      if (trouble === undefined) logger.warn('connections are accepted again');
      else logger.error({ reason: trouble }, 'connections are lost: no silence is reported for now');
    },
    requestAnswered(api, method, status, seconds) {
      const known = METHODS.has(method) ? method : 'other';
      const hundreds = Math.floor(status / 100);
      const key = `${api} ${known} ${hundreds}`;
      let series = requests.get(key);
      if (series === undefined) {
        series = metrics.requests.labels({ door: api, method: known, status: `${hundreds}xx` });
        requests.set(key, series);
      }
      series.observe(seconds);
    },
  };
  return harmless(events, logger);
}

/** Counts and logs nothing: for tests and embedders. */
export const noEvents: Events = createEvents(createMetrics(), noLogger);

function harmless(events: Events, logger: Logger): Events {
  const guarded = Object.entries(events).map(([name, helper]) => [
    name,
    (...given: unknown[]) => {
      try {
        (helper as (...given: unknown[]) => void)(...given);
      } catch (error) {
        logger.debug({ err: error, event: name }, 'an event could not be counted');
      }
    },
  ]);
  return Object.fromEntries(guarded) as Events;
}
