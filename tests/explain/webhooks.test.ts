import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { webhooksShown } from '../../server/explain/webhooks.ts';
import type { Webhook } from '../../server/ports/webhook-store.ts';
import { aWebhook } from '../support/builders.ts';

const test = suite('webhooks in an explanation');

const ROW = { seq: 10, at: 1_000 };

function shown(fields: Partial<Webhook>) {
  const [one] = webhooksShown([aWebhook({ createdAt: 0, seq: 9, attempts: 0, ...fields })], ROW);
  return one;
}

test('a webhook that took the row, or needed nothing of it, is past it', () => {
  assert.is(shown({ seq: 10 })?.state, 'past');
  assert.is(shown({ seq: 11, attempts: 3 })?.attempts, 0, 'its failures are those of a later row');
});

test('a webhook that is not past the row is waiting, with its failed attempts', () => {
  assert.equal([shown({})?.state, shown({ attempts: 3 })?.attempts], ['waiting', 3]);
});

test('a paused or parked webhook says so until it is past the row', () => {
  assert.is(shown({ state: 'paused' })?.state, 'paused');
  assert.is(shown({ state: 'parked' })?.state, 'parked');
  assert.is(shown({ state: 'parked', seq: 10 })?.state, 'past');
});

test('a webhook that was created after the commit is not listed', () => {
  assert.is(shown({ createdAt: 1_001 }), undefined);
  assert.is(shown({ createdAt: 1_000 })?.state, 'waiting');
});

test('twenty are shown, the oldest', () => {
  const many = Array.from({ length: 30 }, (_, n) => aWebhook({ id: `w${n}`, createdAt: 0 }));
  const ids = webhooksShown(many, ROW).map(({ webhook_id }) => webhook_id);
  assert.equal([ids.length, ids[0], ids.at(-1)], [20, 'w0', 'w19']);
});

test.run();
