import type { Identity } from '../../../server/identity/identity.ts';
import type { StoredTicket, TicketStore } from '../../../server/identity/tokens/ticket-store.ts';
import type { Reads } from '../connection/reads.ts';

/** The port on PostgreSQL. Taking a ticket deletes it: of two processes one gets it. */
export class PostgresTickets implements TicketStore {
  readonly #reads: Reads;

  constructor(reads: Reads) {
    this.#reads = reads;
  }

  async add({ hash, identity, issuedAt, expiresAt }: StoredTicket, most: number): Promise<void> {
    const { userId, projectId } = identity;
    await this.#reads.transaction(async (asked) => {
      await asked.query({
        name: 'old tickets',
        text: 'DELETE FROM tickets WHERE expires_at <= $1',
        values: [issuedAt],
      });
      await asked.query({
        name: 'surplus tickets',
        text: `DELETE FROM tickets WHERE hash IN (
          SELECT hash FROM tickets WHERE user_id = $1 ORDER BY issued_at DESC, hash OFFSET $2 FOR UPDATE SKIP LOCKED)`,
        values: [userId, most - 1],
      });
      await asked.query({
        name: 'add ticket',
        text: `INSERT INTO tickets (hash, user_id, project_id, identity, issued_at, expires_at)
          VALUES ($1, $2, $3, $4, $5, $6)`,
        values: [hash, userId, projectId, JSON.stringify(identity), issuedAt, expiresAt],
      });
    });
  }

  async take(hash: string): Promise<StoredTicket | undefined> {
    const [row] = await this.#reads.rows<{ identity: string; issued_at: number; expires_at: number }>({
      name: 'take ticket',
      text: 'DELETE FROM tickets WHERE hash = $1 RETURNING identity, issued_at, expires_at',
      values: [hash],
    });
    if (row === undefined) return undefined;
    const identity = JSON.parse(row.identity) as Identity;
    return { hash, identity, issuedAt: row.issued_at, expiresAt: row.expires_at };
  }

  async revoke({ userId, projectId }: Parameters<TicketStore['revoke']>[0]): Promise<void> {
    await this.#reads.rows({
      name: 'revoke tickets',
      text: `DELETE FROM tickets WHERE ($1::text IS NULL OR user_id = $1) AND ($2::text IS NULL OR project_id = $2)`,
      values: [userId ?? null, projectId ?? null],
    });
  }
}
