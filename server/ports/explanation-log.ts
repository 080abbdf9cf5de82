/**
 * PORT. What is stored to explain a change later. The store writes records of silences in the transaction of the
 * change. `tests/contract/explanation-log.contract.ts` says what an adapter must do.
 */
import type { HealthCode, ObserverState } from '../../client-sdk/protocol/downstream.ts';
import type { Duration, Instant } from '../domain/clock.ts';
import type { SilenceRecord } from '../domain/silence/silence-record.ts';
import type { LogRow } from './log.ts';

/** Number of stored records of silences; the oldest are removed first, and all that are older than the log. */
export const SILENCES_KEPT = 100_000;
/** Number of stored entries of the observer's history; the oldest are removed first. */
export const OBSERVER_ENTRIES_KEPT = 1_000;

/** From `at` on, hostbeat itself was in this state. */
export interface ObserverEntry {
  readonly at: Instant;
  /** `started` and `stopped` are the process's own: nothing was observed before the one and after the other. */
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
   * The other rows of the commit that wrote this row, if they have this `correlation_id`, at most `limit`. It reads a
   * bounded part of the log: of a very large commit it may miss some.
   */
  sameCommit(
    row: Pick<LogRow, 'stream' | 'seq'>,
    correlationId: string,
    limit: number,
  ): Promise<readonly LogRow[]>;
}
