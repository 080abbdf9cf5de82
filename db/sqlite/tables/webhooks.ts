import type { Webhook, WebhookStore } from '../../../server/ports/webhook-store.ts';
import { asc, eq, sql } from '../../drizzle.ts';
import { isSealed, SealedTexts } from '../../sealed-text.ts';
import type { Methods, Synchronous } from '../commit/queued.ts';
import type { SqliteConnection } from '../file/connection.ts';
import { webhooks } from '../schema/webhooks.ts';

type Row = typeof webhooks.$inferSelect;
type Fields = Partial<Omit<Webhook, 'id' | 'projectId'>>;

const SECRETS = ['secret', 'oldSecret'] as const;

export const WEBHOOK_METHODS: Methods<WebhookStore> = {
  add: 'write',
  webhook: 'read',
  ofProject: 'read',
  all: 'read',
  change: 'write',
  remove: 'write',
};

/** The port on SQLite, answered at once. Secrets are sealed in the file. */
export class SqliteWebhooks implements Synchronous<WebhookStore> {
  readonly #drizzle: SqliteConnection['drizzle'];
  readonly #secrets: SealedTexts;

  constructor({ drizzle }: Pick<SqliteConnection, 'drizzle'>, key: Uint8Array) {
    this.#drizzle = drizzle;
    this.#secrets = new SealedTexts(key, 'webhook secrets 1');
    this.#sealOld();
  }

  add(webhook: Webhook): void {
    this.#drizzle
      .insert(webhooks)
      .values({ ...webhook, ...this.#sealed(webhook, webhook.id) })
      .run();
  }

  webhook(id: string): Webhook | undefined {
    return this.#opened(this.#drizzle.select().from(webhooks).where(eq(webhooks.id, id)).get());
  }

  ofProject(projectId: string): readonly Webhook[] {
    const own = eq(webhooks.projectId, projectId);
    return this.#drizzle
      .select()
      .from(webhooks)
      .where(own)
      .orderBy(asc(webhooks.createdAt), asc(webhooks.id))
      .all()
      .map((row) => this.#opened(row) as Webhook);
  }

  all(): readonly Webhook[] {
    return this.#drizzle
      .select()
      .from(webhooks)
      .orderBy(asc(webhooks.id))
      .all()
      .map((row) => this.#opened(row) as Webhook);
  }

  change(id: string, fields: Fields): Webhook | undefined {
    const set = { ...fields, ...this.#sealed(fields, id) };
    return this.#opened(this.#drizzle.update(webhooks).set(set).where(eq(webhooks.id, id)).returning().get());
  }

  remove(id: string): boolean {
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
