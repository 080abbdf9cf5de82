import type { AuditChanges } from '../../../server/domain/audit.ts';
import type { AuditQuery, StoredAuditEntry } from '../../../server/ports/audit-log.ts';
import type { Reads } from '../connection/reads.ts';

const CONDITIONS = {
  actor: 'actor =',
  action: 'action =',
  subject: 'subject =',
  since: 'at >=',
  until: 'at <',
  before: 'id <',
} as const satisfies Record<Exclude<keyof AuditQuery, 'limit'>, string>;

/** Newest first. The words of the statement are ours alone; what is asked for is bound. */
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
