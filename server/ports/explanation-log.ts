/**
 * PORT. What is stored so that a change can be explained later. Records of silences are written by the store, in the
 * transaction of the change. `tests/contract/explanation-log.contract.ts` says what an adapter must do.
 */
import type { HealthCode, ObserverState } from '../../client-sdk/protocol/downstream.ts';
import type { Duration, Instant } from '../domain/clock.ts';
import type { SilenceRecord } from '../domain/silence/silence-record.ts';
import type { LogRow } from './store.ts';

/** How many records of silences are stored; the oldest go first, and those that are older than the log. */
export const SILENCES_KEPT = 100_000;
/** How many entries of the observer's history are stored; the oldest go first. */
export const OBSERVER_ENTRIES_KEPT = 1_000;

/** From `at` on, hostbeat itself was in this state. */
export interface ObserverEntry {
  readonly at: Instant;
  /** `started` and `stopped` are the process's own: before the one, and after the other, nothing was observed. */
  readonly state: ObserverState | 'started' | 'stopped';
  readonly code: HealthCode | null;
  /** For operators. */
  readonly reason: string | null;
  /** How long it had not been looking when this state began; 0 if it had. */
  readonly blind: Duration;
}

export interface ExplanationLog {
  /** Records of a service's silences up to and including `until`, newest first, at most `limit`. */
  silences(serviceId: number, until: Instant, limit: number): Promise<readonly SilenceRecord[]>;
  /** Adds to the observer's history. @throws DomainError `unavailable` */
  noteObserver(entries: readonly ObserverEntry[]): Promise<void>;
  /** The newest entries, oldest first. */
  observerHistory(): Promise<readonly ObserverEntry[]>;
  /**
   * The other rows of the commit that wrote this row, as far as they carry this `correlation_id`, at most `limit`. It
   * reads a bounded part of the log: of a very large commit some may be missing.
   */
  sameCommit(
    row: Pick<LogRow, 'stream' | 'seq'>,
    correlationId: string,
    limit: number,
  ): Promise<readonly LogRow[]>;
}
