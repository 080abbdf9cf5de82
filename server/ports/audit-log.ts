/** PORT. The audit log. Actions on services and instances are written in the transaction that does them. */
import type { AuditEntry } from '../domain/audit.ts';
import type { Instant } from '../domain/clock.ts';

export interface StoredAuditEntry extends AuditEntry {
  /** Grows with every entry. */
  readonly id: number;
}

/** What is not given is not asked for. */
export interface AuditQuery {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly since?: Instant;
  readonly until?: Instant;
  /** Only older ones than that with this id: how a page goes on. */
  readonly before?: number;
  readonly limit: number;
}

/** How many entries of operators are kept; the oldest go first. */
export const AUDIT_KEPT = 1_000_000;
/** Of each other share: what one project or account does pushes out its own entries alone. */
export const AUDIT_KEPT_OF_SHARE = 10_000;

export interface AuditLog {
  /** Keeps what is done outside of the store's decisions. @throws DomainError `unavailable` */
  record(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  auditEntries(query: AuditQuery): Promise<readonly StoredAuditEntry[]>;
}
