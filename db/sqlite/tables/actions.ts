import type { InstanceAction } from '../../../server/domain/instances/instance.ts';
import type { SqliteConnection } from '../file/connection.ts';

/** Limit for one instance: a script that reboots it every minute must not fill the disk. */
const KEPT = 100;

/** The table `instance_actions`: statements, prepared once; transactions are the caller's. */
export class ActionTable {
  readonly #statements: ReturnType<typeof prepare>;

  constructor({ client }: SqliteConnection) {
    this.#statements = prepare(client);
  }

  add(instanceId: string, { action, requestId, userId, projectId, at }: InstanceAction): void {
    this.#statements.add.run(instanceId, action, requestId, userId, projectId, at);
    this.#statements.forget.run(instanceId, instanceId, KEPT);
  }

  /** Newest first. */
  of(instanceId: string): InstanceAction[] {
    return this.#statements.of.all(instanceId);
  }

  removeAll(instanceId: string): void {
    this.#statements.removeAll.run(instanceId);
  }
}

function prepare(client: SqliteConnection['client']) {
  return {
    add: client.prepare<[string, string, string, string, string | null, number]>(
      'INSERT INTO instance_actions (instance_id, action, request_id, user_id, project_id, at) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    forget: client.prepare<[string, string, number]>(
      `DELETE FROM instance_actions WHERE instance_id = ? AND id <=
         (SELECT id FROM instance_actions WHERE instance_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`,
    ),
    of: client.prepare<[string], InstanceAction>(
      `SELECT action, request_id AS requestId, user_id AS userId, project_id AS projectId, at
       FROM instance_actions WHERE instance_id = ? ORDER BY id DESC`,
    ),
    removeAll: client.prepare<[string]>('DELETE FROM instance_actions WHERE instance_id = ?'),
  };
}
