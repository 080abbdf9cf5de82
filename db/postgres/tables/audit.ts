/** The audit log on PostgreSQL: how entries are read, added and forgotten. */
import type { AuditChanges, AuditEntry } from '../../../server/domain/audit.ts';
import {
  AUDIT_KEPT,
  AUDIT_KEPT_OF_SHARE,
  type AuditQuery,
  type AuditShare,
  type StoredAuditEntry,
} from '../../../server/ports/audit-log.ts';
import type { Reads } from '../connection/reads.ts';

const LAST = 'SELECT max(nth) AS last FROM audit WHERE share';

/** In the order in which they came, numbered in each share. */
export const ADD_AUDIT = `INSERT INTO audit (at, actor, address, action, subject, changes, share, nth)
  SELECT at, actor, "from", action, subject, changes, share,
    coalesce((${LAST} = r.share), 0) + row_number() OVER (PARTITION BY share ORDER BY n)
  FROM ROWS FROM (json_to_recordset($1::json)
    AS (at bigint, actor text, "from" text, action text, subject text, changes text, share text)) WITH ORDINALITY
    AS r (at, actor, "from", action, subject, changes, share, n)
  ORDER BY n`;

/** Of these shares, what is beyond their limits. */
export const FORGET_AUDIT = `DELETE FROM audit USING unnest($1::text[]) AS s (share), LATERAL (${LAST} = s.share) AS newest
  WHERE audit.share = s.share
    AND audit.nth <= newest.last - CASE s.share WHEN '' THEN ${AUDIT_KEPT} ELSE ${AUDIT_KEPT_OF_SHARE} END`;

export function shareOf({ share = '' }: Pick<AuditEntry, 'share'>): string {
  return share;
}

const CONDITIONS = {
  actor: 'actor =',
  action: 'action =',
  subject: 'subject =',
  since: 'at >=',
  until: 'at <',
  before: 'id <',
} as const satisfies Record<Exclude<keyof AuditQuery, 'limit'>, string>;

/** Newest first. The statement's text is fixed; the caller's values are bound. */
export async function auditPage(reads: Reads, { limit, ...asked }: AuditQuery): Promise<StoredAuditEntry[]> {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  const conditions = given.map(([name], n) => `${CONDITIONS[name as keyof typeof CONDITIONS]} $${n + 1}`);
  const rows = await reads.rows<Omit<StoredAuditEntry, 'changes'> & { readonly changes: string }>({
    text: `SELECT id, at, actor, address AS "from", action, subject, changes FROM audit
      ${conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`} ORDER BY id DESC LIMIT $${given.length + 1}`,
    values: [...given.map(([, value]) => value), limit],
  });
  return rows.map((row) => ({ ...row, changes: JSON.parse(row.changes) as AuditChanges }));
}

/** One look at the index for each share, however many entries it has. */
export function auditShares(reads: Reads, after: string, limit: number): Promise<AuditShare[]> {
  return reads.rows<AuditShare>({
    text: `WITH RECURSIVE next (share) AS (
        SELECT min(share) FROM audit WHERE share > $1
        UNION ALL SELECT (SELECT min(share) FROM audit WHERE share > next.share) FROM next WHERE share IS NOT NULL)
      SELECT share, (SELECT min(nth) FROM audit WHERE share = next.share) AS first,
        (SELECT max(nth) FROM audit WHERE share = next.share) AS last
      FROM next WHERE share IS NOT NULL LIMIT $2`,
    values: [after, limit],
  });
}

/** @returns how many */
export async function forgetOldest(
  reads: Reads,
  share: string,
  through: number,
  batch: number,
): Promise<number> {
  const deleted = await reads.rows({
    text: `DELETE FROM audit WHERE id IN
      (SELECT id FROM audit WHERE share = $1 AND nth <= $2 ORDER BY nth LIMIT $3) RETURNING id`,
    values: [share, through, batch],
  });
  return deleted.length;
}
