import type { Touched } from '../../../server/ports/committed.ts';
import type { Webhook, WebhookStore } from '../../../server/ports/webhook-store.ts';
import { asc, eq } from '../../drizzle.ts';
import { SealedTexts } from '../../sealed-text.ts';
import type { Reads } from '../connection/reads.ts';
import type { NodePgDatabase } from '../drizzle.ts';
import { webhooks } from '../schema/webhooks.ts';
import type { Touching } from './touching.ts';

type Row = typeof webhooks.$inferSelect;
type Fields = Partial<Omit<Webhook, 'id' | 'projectId'>>;

/** The port on PostgreSQL: single statements, each its own transaction. Secrets are sealed, as in SQLite's file. */
export class PostgresWebhooks implements WebhookStore {
  readonly #reads: Reads;
  readonly #secrets: SealedTexts;

  readonly #touching: Touching;

  constructor(reads: Reads, key: Uint8Array, touching: Touching) {
    this.#reads = reads;
    this.#touching = touching;
    this.#secrets = new SealedTexts(key, 'webhook secrets 1');
  }

  async add(webhook: Webhook): Promise<void> {
    const row = { ...webhook, ...this.#sealed(webhook, webhook.id) };
    await this.#touching.change(async (db) => {
      await db.insert(webhooks).values(row);
      return { result: undefined, touched: touchedBy(webhook) };
    });
  }

  async webhook(id: string): Promise<Webhook | undefined> {
    const [row] = await this.#select((from) => from.where(eq(webhooks.id, id)));
    return row;
  }

  ofProject(projectId: string): Promise<readonly Webhook[]> {
    return this.#select((from) =>
      from.where(eq(webhooks.projectId, projectId)).orderBy(asc(webhooks.createdAt), asc(webhooks.id)),
    );
  }

  all(): Promise<readonly Webhook[]> {
    return this.#select((from) => from.orderBy(asc(webhooks.id)));
  }

  async change(id: string, fields: Fields): Promise<Webhook | undefined> {
    const set = { ...fields, ...this.#sealed(fields, id) };
    const update = (db: NodePgDatabase) =>
      db.update(webhooks).set(set).where(eq(webhooks.id, id)).returning();
    // The courier stores its place, which no other process needs to know.
    const isPlace = fields.userId === undefined;
    const [row] = isPlace
      ? await this.#reads.answered(() => update(this.#reads.drizzle))
      : await this.#touching.change(async (db) => {
          const result = await update(db);
          return { result, touched: result.flatMap(touchedBy) };
        });
    return row && this.#opened(row);
  }

  remove(id: string): Promise<boolean> {
    return this.#touching.change(async (db) => {
      const gone = await db.delete(webhooks).where(eq(webhooks.id, id)).returning();
      return { result: gone.length > 0, touched: gone.flatMap(touchedBy) };
    });
  }

  async #select(how: (from: ReturnType<typeof selected>) => PromiseLike<Row[]>): Promise<Webhook[]> {
    const rows = await this.#reads.answered(async () => how(selected(this.#reads)));
    return rows.map((row) => this.#opened(row));
  }

  #sealed({ secret, oldSecret }: Fields, id: string): Pick<Fields, 'secret' | 'oldSecret'> {
    return {
      ...(secret === undefined ? {} : { secret: this.#secrets.seal(secret, id) }),
      ...(typeof oldSecret === 'string' ? { oldSecret: this.#secrets.seal(oldSecret, id) } : {}),
    };
  }

  #opened(row: Row): Webhook {
    const { id, secret, oldSecret } = row;
    return {
      ...row,
      secret: this.#secrets.open(secret, id),
      oldSecret: oldSecret === null ? null : this.#secrets.open(oldSecret, id),
    };
  }
}

function touchedBy({ projectId }: Pick<Webhook, 'projectId'>): Touched[] {
  return [{ projectId, webhooks: true }];
}

function selected(reads: Reads) {
  return reads.drizzle.select().from(webhooks).$dynamic();
}
