import type { Webhook, WebhookStore } from '../../../server/webhooks/webhook-store.ts';
import { asc, eq } from '../../drizzle.ts';
import type { Connection } from '../file/connection.ts';
import { webhooks } from '../schema/webhooks.ts';

/** The port on SQLite: single statements, each its own transaction. */
export class SqliteWebhooks implements WebhookStore {
  readonly #drizzle: Connection['drizzle'];

  constructor({ drizzle }: Connection) {
    this.#drizzle = drizzle;
  }

  async add(webhook: Webhook): Promise<void> {
    this.#drizzle.insert(webhooks).values(webhook).run();
  }

  async webhook(id: string): Promise<Webhook | undefined> {
    return this.#drizzle.select().from(webhooks).where(eq(webhooks.id, id)).get();
  }

  async ofProject(projectId: string): Promise<readonly Webhook[]> {
    const own = eq(webhooks.projectId, projectId);
    return this.#drizzle
      .select()
      .from(webhooks)
      .where(own)
      .orderBy(asc(webhooks.createdAt), asc(webhooks.id))
      .all();
  }

  async all(): Promise<readonly Webhook[]> {
    return this.#drizzle.select().from(webhooks).orderBy(asc(webhooks.id)).all();
  }

  async change(id: string, fields: Partial<Omit<Webhook, 'id' | 'projectId'>>): Promise<Webhook | undefined> {
    return this.#drizzle.update(webhooks).set(fields).where(eq(webhooks.id, id)).returning().get();
  }

  async remove(id: string): Promise<boolean> {
    return this.#drizzle.delete(webhooks).where(eq(webhooks.id, id)).run().changes > 0;
  }
}
