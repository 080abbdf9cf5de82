import type { Webhook, WebhookStore } from '../../../server/ports/webhook-store.ts';
import { asc, eq, sql } from '../../drizzle.ts';
import { isSealed, SealedTexts } from '../../sealed-text.ts';
import type { SqliteConnection } from '../file/connection.ts';
import { webhooks } from '../schema/webhooks.ts';

type Row = typeof webhooks.$inferSelect;
type Fields = Partial<Omit<Webhook, 'id' | 'projectId'>>;

const SECRETS = ['secret', 'oldSecret'] as const;

/** The port on SQLite: single statements, each its own transaction. Secrets are sealed in the file. */
export class SqliteWebhooks implements WebhookStore {
  readonly #drizzle: SqliteConnection['drizzle'];
  readonly #secrets: SealedTexts;

  constructor({ drizzle }: Pick<SqliteConnection, 'drizzle'>, key: Uint8Array) {
    this.#drizzle = drizzle;
    this.#secrets = new SealedTexts(key, 'webhook secrets 1');
    this.#sealOld();
  }

  async add(webhook: Webhook): Promise<void> {
    this.#drizzle
      .insert(webhooks)
      .values({ ...webhook, ...this.#sealed(webhook, webhook.id) })
      .run();
  }

  async webhook(id: string): Promise<Webhook | undefined> {
    return this.#opened(this.#drizzle.select().from(webhooks).where(eq(webhooks.id, id)).get());
  }

  async ofProject(projectId: string): Promise<readonly Webhook[]> {
    const own = eq(webhooks.projectId, projectId);
    return this.#drizzle
      .select()
      .from(webhooks)
      .where(own)
      .orderBy(asc(webhooks.createdAt), asc(webhooks.id))
      .all()
      .map((row) => this.#opened(row) as Webhook);
  }

  async all(): Promise<readonly Webhook[]> {
    return this.#drizzle
      .select()
      .from(webhooks)
      .orderBy(asc(webhooks.id))
      .all()
      .map((row) => this.#opened(row) as Webhook);
  }

  async change(id: string, fields: Fields): Promise<Webhook | undefined> {
    const set = { ...fields, ...this.#sealed(fields, id) };
    return this.#opened(this.#drizzle.update(webhooks).set(set).where(eq(webhooks.id, id)).returning().get());
  }

  async remove(id: string): Promise<boolean> {
    return this.#drizzle.delete(webhooks).where(eq(webhooks.id, id)).run().changes > 0;
  }

  #sealed(fields: { readonly [name in (typeof SECRETS)[number]]?: string | null }, id: string) {
    return this.#mapped(fields, (text) => this.#secrets.seal(text, id));
  }

  #opened(row: Row | undefined): Webhook | undefined {
    if (row === undefined) return undefined;
    const { id, secret, oldSecret } = row;
    return {
      ...row,
      secret: this.#secrets.open(secret, id),
      oldSecret: oldSecret === null ? null : this.#secrets.open(oldSecret, id),
    };
  }

  #mapped(
    fields: { readonly [name in (typeof SECRETS)[number]]?: string | null },
    change: (text: string) => string,
  ): { secret?: string; oldSecret?: string } {
    const changed: { secret?: string; oldSecret?: string } = {};
    for (const name of SECRETS) {
      const text = fields[name];
      if (typeof text === 'string') changed[name] = change(text);
    }
    return changed;
  }

  /** Secrets that an earlier version stored in the clear: they are sealed, and their old bytes overwritten. */
  #sealOld(): void {
    const clear = this.#drizzle
      .select()
      .from(webhooks)
      .all()
      .filter(({ secret, oldSecret }) =>
        [secret, oldSecret].some((text) => text !== null && !isSealed(text)),
      );
    if (clear.length === 0) return;
    this.#drizzle.get(sql`PRAGMA secure_delete = ON`);
    for (const row of clear) {
      const set = this.#mapped(row, (text) => (isSealed(text) ? text : this.#secrets.seal(text, row.id)));
      this.#drizzle.update(webhooks).set(set).where(eq(webhooks.id, row.id)).run();
    }
    this.#drizzle.get(sql`PRAGMA secure_delete = FAST`);
  }
}
