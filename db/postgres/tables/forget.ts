import type { KeptSince } from '../../../server/ports/store.ts';
import type { Reads } from '../connection/reads.ts';

/** Oldest rows first, by id: rows are only ever added to these tables at one end. */
const oldest = (table: string) => `DELETE FROM ${table} WHERE id IN (
  SELECT id FROM (SELECT id, at FROM ${table} ORDER BY id LIMIT $2) AS oldest WHERE at < $1)`;
const ended = (table: string) => `DELETE FROM ${table} WHERE id IN (
  SELECT id FROM ${table} WHERE expires_at < $1 LIMIT $2)`;

/** Deletes rows kept only for looking back, at most `batch` of each kind. @returns how many rows */
export function forget(reads: Reads, before: KeptSince, batch: number): Promise<number> {
  return reads.transaction(async (asked) => {
    // No commit writes an instance, or an action of one, meanwhile.
    await asked.query({ text: 'SELECT head FROM head FOR UPDATE' });
    const gone = await asked.query({
      text: `DELETE FROM instances WHERE id IN (
        SELECT id FROM instances WHERE deleted_at IS NOT NULL AND deleted_at < $1 ORDER BY deleted_at LIMIT $2) RETURNING id`,
      values: [before.deleted, batch],
    });
    await asked.query({
      text: 'DELETE FROM instance_actions WHERE instance_id = ANY($1)',
      values: [gone.rows.map(({ id }) => id)],
    });
    let count = gone.rowCount ?? 0;
    for (const [text, since] of [
      [oldest('instance_actions'), before.actions],
      [oldest('audit'), before.audit],
      [ended('agent_tokens'), before.deleted],
      [ended('watch_keys'), before.deleted],
    ] as const)
      count += (await asked.query({ text, values: [since, batch] })).rowCount ?? 0;
    return count;
  });
}
