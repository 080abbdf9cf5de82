/** The audit log and the explanations of silences, on PostgreSQL. */
import type { AuditEntry } from '../../server/domain/audit.ts';
import type { Instant } from '../../server/domain/clock.ts';
import type { SilenceRecord } from '../../server/domain/silence/silence-record.ts';
import type { AuditLog, AuditQuery, AuditShare, StoredAuditEntry } from '../../server/ports/audit-log.ts';
import type { ExplanationLog, ObserverEntry } from '../../server/ports/explanation-log.ts';
import type { LogRow } from '../../server/ports/log.ts';
import type { CommitQueue } from './commit/commit-queue.ts';
import type { Reads } from './connection/reads.ts';
import { auditPage, auditShares, forgetOldest } from './tables/audit.ts';
import { noteObserver, observerHistory, sameCommit, silencesOf } from './tables/explanations.ts';

export class PostgresRecords implements AuditLog, ExplanationLog {
  readonly #queue: CommitQueue;
  readonly #reads: Reads;

  constructor(queue: CommitQueue, reads: Reads) {
    this.#queue = queue;
    this.#reads = reads;
  }

  record(entry: AuditEntry): Promise<void> {
    return this.#queue.add({ wants: () => undefined, run: (unit) => void unit.audit.push(entry) });
  }

  auditEntries(query: AuditQuery): Promise<readonly StoredAuditEntry[]> {
    return auditPage(this.#reads, query);
  }

  shares(after: string, limit: number): Promise<readonly AuditShare[]> {
    return auditShares(this.#reads, after, limit);
  }

  forgetOldest(share: string, through: number, batch: number): Promise<number> {
    return forgetOldest(this.#reads, share, through, batch);
  }

  silences(serviceId: number, until: Instant, limit: number): Promise<readonly SilenceRecord[]> {
    return silencesOf(this.#reads, serviceId, until, limit);
  }

  noteObserver(entries: readonly ObserverEntry[]): Promise<void> {
    return noteObserver(this.#reads, entries);
  }

  observerHistory(): Promise<readonly ObserverEntry[]> {
    return observerHistory(this.#reads);
  }

  sameCommit(
    row: Pick<LogRow, 'stream' | 'seq'>,
    correlationId: string,
    limit: number,
  ): Promise<readonly LogRow[]> {
    return sameCommit(this.#reads, row, correlationId, limit);
  }
}
