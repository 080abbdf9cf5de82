/** The audit log and the explanations of silences, on SQLite. */
import type { AuditEntry } from '../../server/domain/audit.ts';
import type { Instant } from '../../server/domain/clock.ts';
import type { SilenceRecord } from '../../server/domain/silence/silence-record.ts';
import type { AuditLog, AuditQuery, AuditShare, StoredAuditEntry } from '../../server/ports/audit-log.ts';
import type { ExplanationLog, ObserverEntry } from '../../server/ports/explanation-log.ts';
import type { LogRow } from '../../server/ports/log.ts';
import { systemTimers } from '../../server/timers.ts';
import type { Access } from './commit/queued.ts';
import type { AuditTable } from './tables/log/audit.ts';
import type { ExplanationTable } from './tables/log/explanations.ts';

export class SqliteRecords implements AuditLog, ExplanationLog {
  readonly #audit: AuditTable;
  readonly #explanations: ExplanationTable;
  readonly #access: Access;

  constructor(audit: AuditTable, explanations: ExplanationTable, access: Access) {
    this.#audit = audit;
    this.#explanations = explanations;
    this.#access = access;
  }

  record(entry: AuditEntry): Promise<void> {
    return this.#access.write(() => this.#audit.add(entry));
  }

  auditEntries(query: AuditQuery): Promise<readonly StoredAuditEntry[]> {
    return this.#access.read(() => this.#audit.page(query));
  }

  shares(after: string, limit: number): Promise<readonly AuditShare[]> {
    return this.#access.read(() => this.#audit.shares(after, limit));
  }

  forgetOldest(share: string, through: number, batch: number): Promise<number> {
    return this.#access.write(() => this.#audit.forgetOldest(share, through, batch));
  }

  silences(serviceId: number, until: Instant, limit: number): Promise<readonly SilenceRecord[]> {
    return this.#access.read(() => this.#explanations.silences(serviceId, until, limit));
  }

  noteObserver(entries: readonly ObserverEntry[]): Promise<void> {
    return this.#access.write(() => this.#explanations.noteObserver(entries));
  }

  observerHistory(): Promise<readonly ObserverEntry[]> {
    return this.#access.read(() => this.#explanations.observerHistory());
  }

  async sameCommit(
    row: Pick<LogRow, 'stream' | 'seq'>,
    correlationId: string,
    limit: number,
  ): Promise<readonly LogRow[]> {
    const { read } = this.#access;
    const search = await read(() => this.#explanations.search({ row, correlationId, limit }));
    while (await read(() => search.step())) await systemTimers.nextTurn();
    return search.found;
  }
}
