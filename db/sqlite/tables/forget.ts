import type { KeptSince } from '../../../server/ports/store.ts';
import type { SqliteConnection } from '../file/connection.ts';
import type { ActionTable } from './actions.ts';
import type { InstanceTable } from './instances.ts';

/** Deletes rows kept only for looking back. Statements, prepared once; transactions are the caller's. */
export class Forgetting {
  readonly #statements: ReturnType<typeof prepare>;
  readonly #instances: Pick<InstanceTable, 'remove'>;
  readonly #actions: Pick<ActionTable, 'removeAll'>;

  constructor(
    { client }: SqliteConnection,
    instances: Pick<InstanceTable, 'remove'>,
    actions: Pick<ActionTable, 'removeAll'>,
  ) {
    this.#statements = prepare(client);
    this.#instances = instances;
    this.#actions = actions;
  }

  /** At most `batch` rows of each kind. @returns how many */
  run(before: KeptSince, batch: number): number {
    const { deleted, actions, audit, agentTokens, watchKeys } = this.#statements;
    const gone = deleted.all(before.deleted, batch) as string[];
    for (const id of gone) {
      this.#actions.removeAll(id);
      this.#instances.remove(id);
    }
    return (
      gone.length +
      actions.run(batch, before.actions).changes +
      audit.run(batch, before.audit).changes +
      agentTokens.run(before.deleted, batch).changes +
      watchKeys.run(before.deleted, batch).changes
    );
  }
}

function prepare(client: SqliteConnection['client']) {
  /** Oldest rows first, by id: rows are only ever added to these tables at one end. */
  const oldest = (table: string) =>
    client.prepare<[number, number]>(
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM (SELECT id, at FROM ${table} ORDER BY id LIMIT ?) WHERE at < ?)`,
    );
  const ended = (table: string) =>
    client.prepare<[number, number]>(
      `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE expires_at < ? LIMIT ?)`,
    );
  return {
    deleted: client
      .prepare<[number, number]>(
        'SELECT id FROM instances WHERE deleted_at IS NOT NULL AND deleted_at < ? ORDER BY deleted_at LIMIT ?',
      )
      .pluck(),
    actions: oldest('instance_actions'),
    audit: oldest('audit'),
    agentTokens: ended('agent_tokens'),
    watchKeys: ended('watch_keys'),
  };
}
