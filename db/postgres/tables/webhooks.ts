import type { Webhook, WebhookStore } from '../../../server/webhooks/webhook-store.ts';
import { asc, eq } from '../../drizzle.ts';
import { SealedTexts } from '../../sealed-text.ts';
import type { Reads } from '../connection/reads.ts';
import { webhooks } from '../schema/webhooks.ts';

type Row = typeof webhooks.$inferSelect;
type Fields = Partial<Omit<Webhook, 'id' | 'projectId'>>;

/** The port on PostgreSQL: single statements, each its own transaction. Secrets are sealed, as in SQLite's file. */
export class PostgresWebhooks implements WebhookStore {
  readonly #reads: Reads;
  readonly #secrets: SealedTexts;

  constructor(reads: Reads, key: Uint8Array) {
    this.#reads = reads;
    this.#secrets = new SealedTexts(key, 'webhook secrets 1');
  }

  async add(webhook: Webhook): Promise<void> {
    const row = { ...webhook, ...this.#sealed(webhook, webhook.id) };
    await this.#reads.answered(() => this.#reads.drizzle.insert(webhooks).values(row));
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
    const [row] = await this.#reads.answered(() =>
      this.#reads.drizzle.update(webhooks).set(set).where(eq(webhooks.id, id)).returning(),
    );
    return row && this.#opened(row);
  }

  async remove(id: string): Promise<boolean> {
    const removed = await this.#reads.answered(() =>
      this.#reads.drizzle.delete(webhooks).where(eq(webhooks.id, id)).returning({ id: webhooks.id }),
    );
    return removed.length > 0;
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

function selected(reads: Reads) {
  return reads.drizzle.select().from(webhooks).$dynamic();
}
