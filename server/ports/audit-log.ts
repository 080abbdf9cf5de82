/** PORT. The audit log. The store writes actions on services and instances in the transaction that does them. */
import type { AuditEntry } from '../domain/audit.ts';
import type { Instant } from '../domain/clock.ts';

export interface StoredAuditEntry extends AuditEntry {
  /** Grows with every entry. */
  readonly id: number;
}

/** A field that is not given is not a condition. */
export interface AuditQuery {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly since?: Instant;
  readonly until?: Instant;
  /** Only entries older than the one with this id: the next page. */
  readonly before?: number;
  readonly limit: number;
}

/** Number of operators' entries that are kept; the oldest are removed first. */
export const AUDIT_KEPT = 1_000_000;
/** The same for each other share: a project's or account's entries push out only its own. */
export const AUDIT_KEPT_OF_SHARE = 10_000;

/** The numbers of a share's oldest and newest entry; those between have no gaps. */
export interface AuditShare {
  readonly share: string;
  readonly first: number;
  readonly last: number;
}

export interface AuditLog {
  /** Stores an action that is not one of the store's decisions. @throws DomainError `unavailable` */
  record(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  auditEntries(query: AuditQuery): Promise<readonly StoredAuditEntry[]>;
  /** The shares that follow `after` in the order of their names, at most `limit`; operators' entries are none. */
  shares(after: string, limit: number): Promise<readonly AuditShare[]>;
  /** Deletes a share's entries up to this number, the oldest first and at most `batch`. @returns how many */
  forgetOldest(share: string, through: number, batch: number): Promise<number>;
}
