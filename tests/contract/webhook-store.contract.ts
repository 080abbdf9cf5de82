/** What `server/ports/webhook-store.ts` promises of what is kept, asked of any adapter. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { WebhookStore } from '../../server/ports/webhook-store.ts';
import { aWebhook } from '../support/builders.ts';

export interface KeptWebhooks {
  readonly webhooks: WebhookStore;
  /** Closes and opens the same database, where it outlives its process. */
  readonly reopen?: () => Promise<unknown>;
  close(): Promise<void>;
}

export function webhookStoreContract(name: string, open: () => Promise<KeptWebhooks>): void {
  const test = suite<{ kept: KeptWebhooks }>(`webhooks kept: ${name}`, {} as never);

  test.before.each(async (context) => {
    context.kept = await open();
  });
  test.after.each(async ({ kept }) => {
    await kept.close();
  });

  test('an added webhook is read back as it was, with every field set and unset', async ({ kept }) => {
    const open = aWebhook();
    const sent = aWebhook({
      name: 'ж "quoted" 😀',
      format: 'aodh',
      servers: ['a', 'b'],
      hostStatus: ['DOWN', ''],
      roles: ['member', 'reader'],
      state: 'parked',
      reason: 'why',
      seq: 2 ** 40,
      attempts: 3,
      failingSince: 1,
      nextAttemptAt: 2,
      lastDeliveredAt: 3,
      lastError: 'it answered 500',
    });
    for (const webhook of [open, sent]) {
      await kept.webhooks.add(webhook);
      assert.equal(await kept.webhooks.webhook(webhook.id), webhook);
    }
    assert.is(await kept.webhooks.webhook('never'), undefined);
    await kept.reopen?.();
    assert.equal(await kept.webhooks.webhook(sent.id), sent);
  });

  test('a project’s own are listed, the oldest first; and all of all projects', async ({ kept }) => {
    const made = [aWebhook({ createdAt: 2 }), aWebhook({ createdAt: 1 }), aWebhook({ createdAt: 3 })];
    const foreign = aWebhook({ projectId: 'p2' });
    for (const webhook of [...made, foreign]) await kept.webhooks.add(webhook);
    assert.equal(
      (await kept.webhooks.ofProject('p1')).map(({ createdAt }) => createdAt),
      [1, 2, 3],
    );
    assert.equal(await kept.webhooks.ofProject('p9'), []);
    assert.equal(
      new Set((await kept.webhooks.all()).map(({ id }) => id)),
      new Set([...made, foreign].map(({ id }) => id)),
    );
  });

  test('a change touches what it names and nothing else, and says what it came to', async ({ kept }) => {
    const [one, other] = [aWebhook({ servers: ['a'], lastError: 'x' }), aWebhook()];
    for (const webhook of [one, other]) await kept.webhooks.add(webhook);
    const changed = await kept.webhooks.change(one.id, { seq: 9, servers: null, lastError: null });
    assert.equal(changed, { ...one, seq: 9, servers: null, lastError: null });
    assert.equal(await kept.webhooks.webhook(one.id), changed);
    assert.equal(await kept.webhooks.webhook(other.id), other);
  });

  test('a deleted webhook is gone, and cannot be changed', async ({ kept }) => {
    const webhook = aWebhook();
    await kept.webhooks.add(webhook);
    assert.is(await kept.webhooks.remove(webhook.id), true);
    assert.is(await kept.webhooks.remove(webhook.id), false);
    assert.is(await kept.webhooks.webhook(webhook.id), undefined);
    assert.is(await kept.webhooks.change(webhook.id, { seq: 1 }), undefined);
    assert.equal(await kept.webhooks.all(), []);
  });

  test.run();
}
