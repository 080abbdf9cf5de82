import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  changedFields,
  newWebhook,
  rotatedSecret,
  type WebhookFields,
} from '../../server/webhooks/fields.ts';
import { Targets } from '../../server/webhooks/targets.ts';
import { aWebhook } from '../support/builders.ts';
import { anIdentity } from '../support/identity.ts';

const test = suite('fields of a webhook');

const targets = new Targets([], async () => []);
const FAILING = { attempts: 7, failingSince: 1, nextAttemptAt: 2, lastError: 'it answered 500' };
const CALM = { attempts: 0, failingSince: null, nextAttemptAt: null, lastError: null };
const troubleOf = (fields: WebhookFields) => {
  const { attempts, failingSince, nextAttemptAt, lastError } = fields;
  return { attempts, failingSince, nextAttemptAt, lastError };
};

test('a new webhook begins behind the last row, by both of its numbers', () => {
  const unknownOnly = { head: 4, floor: 1, headEntry: 0, floorEntry: 0 };
  const bounds = { head: 9, floor: 1, headEntry: 0, floorEntry: 0, entry: 0, unknownOnly };
  const { url, name, format, servers, hostStatus } = aWebhook();
  const wanted = { url, name, format, servers, hostStatus };
  const made = newWebhook(wanted, anIdentity(), 'p1', { now: 5, bounds, targets });
  assert.equal([made.seq, made.unknownSeq, made.createdAt], [9, 4, 5]);
  assert.equal(troubleOf(made), CALM);
});

test('a secret that is replaced at once is kept no longer', () => {
  const webhook = aWebhook(FAILING);
  const { oldSecret, oldSecretUntil, ...fields } = rotatedSecret(webhook, 0, 1_000);
  assert.equal([oldSecret, oldSecretUntil], [null, null]);
  assert.is.not(fields.secret, webhook.secret);
  assert.equal(troubleOf(fields), CALM, 'and is tried at once');
  const beside = rotatedSecret(webhook, 60_000, 1_000);
  assert.equal([beside.oldSecret, beside.oldSecretUntil], [webhook.secret, 61_000]);
});

test('a pause keeps what is known of failures; a new URL and a resumption do not', () => {
  assert.equal(changedFields({ state: 'paused' }, targets), { state: 'paused', reason: null });
  assert.equal(changedFields({ state: 'active' }, targets), { state: 'active', reason: null, ...CALM });
  assert.equal(troubleOf(changedFields({ url: 'https://example.org/other' }, targets)), CALM);
  assert.equal(changedFields({ name: 'other' }, targets), { name: 'other' });
});

test.run();
