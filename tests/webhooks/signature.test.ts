import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { pauseAfter } from '../../server/webhooks/delivery/backoff.ts';
import { newWebhookSecret, secretsOf, signatureHeaders } from '../../server/webhooks/delivery/signature.ts';

const test = suite('webhook parts');

test('a message is signed as the libraries of Standard Webhooks verify it', () => {
  // The example that they all test with.
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const id = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  assert.equal(signatureHeaders(secret, id, '{"test": 2432232314}', 1_614_265_330_999), {
    'webhook-id': id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test('a secret has as many bytes as the specification allows, and says what it is', () => {
  const secret = newWebhookSecret((size) => new Uint8Array(size).fill(7));
  assert.ok(secret.startsWith('whsec_'));
  const { length } = Buffer.from(secret.slice(6), 'base64');
  assert.ok(length >= 24 && length <= 64);
});

test('while a secret is replaced each message has two signatures, and afterwards one', () => {
  const webhook = { secret: 'whsec_bmV3', oldSecret: 'whsec_b2xk', oldSecretUntil: 2_000 };
  const signed = (now: number) =>
    signatureHeaders(secretsOf(webhook, now), 'm', '{}', now)['webhook-signature'];
  const alone = (secret: string, now: number) =>
    signatureHeaders(secret, 'm', '{}', now)['webhook-signature'];
  assert.is(signed(1_999), `${alone('whsec_bmV3', 1_999)} ${alone('whsec_b2xk', 1_999)}`);
  assert.is(signed(2_000), alone('whsec_bmV3', 2_000));
  assert.equal(secretsOf({ secret: 'whsec_bmV3', oldSecret: null, oldSecretUntil: null }, 0), ['whsec_bmV3']);
});

test('pauses double from two seconds to an hour, never without jitter', () => {
  assert.equal(
    [1, 2, 3].map((attempts) => pauseAfter(attempts, 0)),
    [1_000, 2_000, 4_000],
  );
  assert.is(pauseAfter(1, 0.999), 1_999);
  assert.is(pauseAfter(1_000, 0), 1_800_000);
});

test.run();
