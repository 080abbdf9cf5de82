/**
 * What was known when a silence was decided: enough to explain it later. It is made with the decision, committed in the
 * same transaction, and never changed. No rule reads it.
 */
import type { HealthCode, ObserverState } from '../../../client-sdk/protocol/downstream.ts';
import type { Evidence } from '../../../client-sdk/protocol/items.ts';
import type { Duration, Instant } from '../clock.ts';
import type { WitnessAnswer } from './reception.ts';

export interface SilenceRecord {
  /** The same instant as the change that it explains. */
  readonly at: Instant;
  /** The last reports to this process, newest first; empty if there was none since its start. */
  readonly arrivals: readonly Instant[];
  /** The last report to any process on this database; null if there never was one. */
  readonly lastHeard: Instant | null;
  readonly reportInterval: Duration;
  readonly serviceDownTime: Duration;
  /** The service had to report by then. */
  readonly deadline: Instant;
  /** How long after the deadline it was decided; null if something other than the deadline decided. */
  readonly lateness: Duration | null;
  /** Time that did not count against it, because hostbeat itself was not looking, or had just started. */
  readonly allowance: Duration;
  readonly connection: ConnectionRecord;
  readonly observer: {
    readonly state: ObserverState;
    readonly code?: HealthCode;
    readonly reason?: string;
  };
  /** The other services at that moment; null if they were not asked. */
  readonly others: OthersRecord | null;
  /** What the witness answered, if too few others could vouch; absent if it was not needed. */
  readonly witness?: WitnessAnswer;
  /** Other services whose silence was decided in the same look. */
  readonly together: { readonly count: number; readonly hosts: readonly string[] };
}

export interface ConnectionRecord {
  /** `none`: it reported by ordinary requests, or its connection had ended before. */
  readonly state: 'open' | 'unanswered' | 'ended' | 'none';
  /** How it ended. */
  readonly evidence?: Evidence;
  readonly endedAt?: Instant;
}

export interface OthersRecord {
  /** Number of other live services that have reported to this process; an estimate on a large site. */
  readonly reporting: number;
  /** How many of them had missed a report and would soon be silent too. */
  readonly late: number;
  /** Whether most services of at least one zone reported as usual: the sign that hostbeat could receive. */
  readonly wereHeard: boolean;
}
