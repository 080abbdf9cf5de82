import type { AuditChanges, AuditEntry } from '../../../../server/domain/audit.ts';
import {
  AUDIT_KEPT,
  AUDIT_KEPT_OF_SHARE,
  type AuditQuery,
  type AuditShare,
  type StoredAuditEntry,
} from '../../../../server/ports/audit-log.ts';
import type { SqliteConnection } from '../../file/connection.ts';

type Row = Omit<StoredAuditEntry, 'changes'> & { readonly changes: string };

/** The table `audit`: statements, prepared once; transactions are the caller's. */
export class AuditTable {
  readonly #client: SqliteConnection['client'];
  readonly #statements: ReturnType<typeof prepare>;

  constructor({ client }: SqliteConnection) {
    this.#client = client;
    this.#statements = prepare(client);
  }

  add({ at, actor, from, action, subject, changes, share = '' }: AuditEntry): void {
    const { add, forget } = this.#statements;
    const nth = add.get(at, actor, from, action, subject, JSON.stringify(changes), share, share) as number;
    const surplus = nth - (share === '' ? AUDIT_KEPT : AUDIT_KEPT_OF_SHARE);
    if (surplus > 0) forget.run(share, surplus);
  }

  /** Newest first. The statement's text is fixed; the caller's values are bound. */
  page({ limit, ...asked }: AuditQuery): StoredAuditEntry[] {
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    const conditions = given.map(([name]) => CONDITIONS[name as keyof typeof CONDITIONS]);
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const rows = this.#client
      .prepare<unknown[], Row>(
        `SELECT id, at, actor, address AS "from", action, subject, changes FROM audit ${where} ORDER BY id DESC LIMIT ?`,
      )
      .all(...given.map(([, value]) => value), limit);
    return rows.map((row) => ({ ...row, changes: JSON.parse(row.changes) as AuditChanges }));
  }

  shares(after: string, limit: number): AuditShare[] {
    return this.#statements.shares.all(after, limit);
  }

  /** @returns how many */
  forgetOldest(share: string, through: number, batch: number): number {
    return this.#statements.forgetOldest.run(share, through, batch).changes;
  }
}

const CONDITIONS = {
  actor: 'actor = ?',
  action: 'action = ?',
  subject: 'subject = ?',
  since: 'at >= ?',
  until: 'at < ?',
  before: 'id < ?',
} as const satisfies Record<Exclude<keyof AuditQuery, 'limit'>, string>;

function prepare(client: SqliteConnection['client']) {
  return {
    add: client
      .prepare<[number, string, string | null, string, string, string, string, string]>(
        `INSERT INTO audit (at, actor, address, action, subject, changes, share, nth)
          VALUES (?, ?, ?, ?, ?, ?, ?, coalesce((SELECT max(nth) FROM audit WHERE share = ?), 0) + 1) RETURNING nth`,
      )
      .pluck(),
    forget: client.prepare<[string, number]>('DELETE FROM audit WHERE share = ? AND nth <= ?'),
    // One look at the index for each share, however many entries it has.
    shares: client.prepare<[string, number], AuditShare>(
      `WITH RECURSIVE next (share) AS (
          SELECT min(share) FROM audit WHERE share > ?
          UNION ALL SELECT (SELECT min(share) FROM audit WHERE share > next.share) FROM next WHERE share IS NOT NULL
          LIMIT ?)
        SELECT share, (SELECT min(nth) FROM audit WHERE share = next.share) AS first,
          (SELECT max(nth) FROM audit WHERE share = next.share) AS last
        FROM next WHERE share IS NOT NULL`,
    ),
    forgetOldest: client.prepare<[string, number, number]>(
      `DELETE FROM audit WHERE id IN
        (SELECT id FROM audit WHERE share = ? AND nth <= ? ORDER BY nth LIMIT ?)`,
    ),
  };
}
