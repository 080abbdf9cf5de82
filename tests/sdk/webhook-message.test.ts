import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { UsageError } from '../../client-sdk/src/errors.ts';
import {
  type HeadersLike,
  verifyWebhook,
  WebhookVerificationError,
} from '../../client-sdk/src/webhook-message.ts';
import { signatureHeaders } from '../../server/webhooks/delivery/signature.ts';

const test = suite('a webhook’s message');

const secretOf = (byte: number) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`;
const SECRET = secretOf(1);
const NOW = 1_800_000_000_000;
const BODY = JSON.stringify({ type: 'io.hostbeat.test', data: { project_id: 'p1', note: 'ünï' } });
const now = () => NOW;
const signed = (secret = SECRET, body = BODY, at = NOW) => signatureHeaders(secret, 'm1', body, at);

async function refused(headers: HeadersLike, body = BODY): Promise<string> {
  try {
    await verifyWebhook(headers, body, SECRET, { now });
  } catch (error) {
    assert.instance(error, WebhookVerificationError);
    assert.not.ok((error as WebhookVerificationError).shouldRetry());
    return (error as Error).message;
  }
  throw new Error('it was taken');
}

test('the example that every library of Standard Webhooks is tested with is genuine', async () => {
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  };
  const then = { now: () => 1_614_265_330_000 };
  const message = await verifyWebhook(
    headers,
    '{"test": 2432232314}',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    then,
  );
  assert.equal(message as unknown, { test: 2_432_232_314 });
});

test('a message signed by the server is genuine, as text or bytes, with any headers', async () => {
  const { type } = await verifyWebhook(new Headers(signed()), BODY, SECRET, { now });
  assert.is(type, 'io.hostbeat.test');
  const lists = Object.fromEntries(Object.entries(signed()).map(([name, value]) => [name, [value]]));
  await verifyWebhook(lists, new TextEncoder().encode(BODY), SECRET, { now });
});

test('headers count in any case, and a body as any kind of bytes', async () => {
  for (const write of [
    (n: string) => n.toUpperCase(),
    (n: string) => n.replace(/(^|-)w?./g, (c) => c.toUpperCase()),
  ]) {
    const headers = Object.fromEntries(Object.entries(signed()).map(([name, value]) => [write(name), value]));
    await verifyWebhook(headers, BODY, SECRET, { now });
  }
  const bytes = new TextEncoder().encode(BODY);
  const inside = new Uint8Array(bytes.length + 2);
  inside.set(bytes, 1);
  const views = [inside.subarray(1, -1), new DataView(inside.buffer, 1, bytes.length)];
  for (const body of [Buffer.from(BODY), bytes, bytes.buffer, ...views]) {
    assert.is((await verifyWebhook(signed(), body, SECRET, { now })).type, 'io.hostbeat.test');
  }
});

test('a body that was parsed, and a wrong tolerance, are the program’s own errors', async () => {
  for (const body of [JSON.parse(BODY), undefined, null, 5]) {
    const error = await verifyWebhook(signed(), body as never, SECRET, { now }).catch((e) => e);
    assert.instance(error, UsageError);
  }
  for (const toleranceMs of [Number.NaN, -1, 2 ** 31]) {
    const error = await verifyWebhook(signed(), BODY, SECRET, { now, toleranceMs }).catch((e) => e);
    assert.match(error.message, /"toleranceMs"/);
  }
});

test('while a secret is replaced both are accepted, and other signatures skipped', async () => {
  await verifyWebhook(signed(secretOf(2)), BODY, [SECRET, secretOf(2)], { now });
  const headers = signed();
  const signature = `v1a,AAAA v1,%%% ${signed(secretOf(3))['webhook-signature']} ${headers['webhook-signature']}`;
  await verifyWebhook({ ...headers, 'webhook-signature': signature }, BODY, SECRET, { now });
});

test('a changed, foreign or unsigned message is refused', async () => {
  const headers = signed();
  assert.match(await refused(headers, `${BODY} `), 'no signature');
  assert.match(await refused({ ...headers, 'webhook-id': 'm2' }), 'no signature');
  assert.match(await refused(signed(secretOf(2))), 'no signature');
  for (const signature of ['v1,', 'v1', 'v2,AAAA', headers['webhook-signature']!.slice(0, -4)]) {
    assert.match(await refused({ ...headers, 'webhook-signature': signature }), 'no signature');
  }
  for (const name of Object.keys(headers)) {
    assert.match(await refused({ ...headers, [name]: undefined }), 'header is missing');
  }
});

test('a message that is played again later is refused, and so is one of the future', async () => {
  const minutes = (n: number) => signed(SECRET, BODY, NOW + n * 60_000);
  await verifyWebhook(minutes(-4), BODY, SECRET, { now });
  await verifyWebhook(minutes(4), BODY, SECRET, { now });
  for (const n of [-6, 6]) assert.match(await refused(minutes(n)), 'timestamp');
  assert.match(await refused({ ...signed(), 'webhook-timestamp': 'soon' }), 'timestamp');
});

test('a stranger cannot make it hash for long', async () => {
  const { 'webhook-signature': good, ...rest } = signed();
  const many = `${'v1,AAAA '.repeat(1_000)}${good}`;
  assert.match(await refused({ ...rest, 'webhook-signature': many }), 'no signature');
});

test('a secret that is not a secret is the program’s mistake, not the sender’s', async () => {
  for (const secret of ['', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_', 'whsec_%']) {
    await verifyWebhook(signed(), BODY, secret, { now }).then(
      () => assert.unreachable(),
      (error) => assert.instance(error, UsageError),
    );
  }
});

test.run();
