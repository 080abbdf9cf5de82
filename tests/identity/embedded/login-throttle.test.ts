import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../../server/domain/errors.ts';
import { LoginThrottle } from '../../../server/identity/embedded/login-throttle.ts';
import { FakeClock } from '../../support/clock.ts';

const test = suite('login throttle');

function aThrottle(limits?: { readonly bytes: number; readonly forgetAfter: number }, nodes = 1) {
  const clock = new FakeClock();
  const slept: number[] = [];
  let asleep = 0;
  const most = { asleep: 0 };
  const sleep = async (ms: number) => {
    slept.push(ms);
    most.asleep = Math.max(most.asleep, ++asleep);
    await new Promise((resolve) => setImmediate(resolve));
    asleep--;
  };
  const throttle = new LoginThrottle(clock, sleep, () => nodes, limits);
  const attempt = (user: string, address?: string, right?: true) =>
    throttle.attempt(user, { address }, async () => right);
  /** Until one is refused. */
  const exhaust = async (address: string, user: (n: number) => string) => {
    for (let n = 0; n < 1_000; n++) {
      const error = await attempt(user(n), address).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error !== undefined) return error as DomainError;
    }
    throw new Error('nothing was refused');
  };
  return { clock, slept, most, throttle, attempt, exhaust };
}

test('mistyping a few times costs nothing', async () => {
  const { attempt, slept } = aThrottle();
  for (let n = 0; n < 5; n++) await attempt('alice', '192.0.2.1');
  assert.equal(slept, []);
});

test('each guess waits twice as long, but the user is never locked out', async () => {
  const { attempt, slept } = aThrottle();
  for (let n = 0; n < 500; n++) await attempt('alice', `192.0.2.${n % 250}`);
  assert.equal(slept.slice(0, 5), [250, 500, 1_000, 2_000, 4_000]);
  assert.is(Math.max(...slept), 4_000);
});

test('several nodes together let through no more guesses than one', async () => {
  for (const nodes of [2, 3]) {
    const { attempt, slept } = aThrottle(undefined, nodes);
    for (let n = 0; n < 40; n++) await attempt('alice', `192.0.2.${n}`);
    const free = 40 - slept.length;
    assert.ok(free * nodes <= 5 + nodes, `${free} free at each of ${nodes}`);
    assert.equal(
      slept.slice(0, 5),
      [250, 500, 1_000, 2_000, 4_000].map((ms) => nodes * ms),
    );
    assert.is(Math.max(...slept), nodes * 4_000);
  }
});

test('however many nodes there are, a user waits 12 s at most', async () => {
  const { attempt, slept } = aThrottle(undefined, 50);
  for (let n = 0; n < 40; n++) await attempt('alice', `192.0.2.${n}`);
  assert.is(Math.max(...slept), 12_000);
});

test('guesses at one user that are made at once wait for each other', async () => {
  const { attempt, slept, most } = aThrottle();
  const addresses = ['192.0.2.1', '192.0.2.2'];
  for (const address of addresses) for (let n = 0; n < 3; n++) await attempt('someone', address);
  slept.length = 0;
  most.asleep = 0;
  await Promise.all(Array.from({ length: 12 }, (_, n) => attempt('alice', addresses[n % 2])));
  assert.equal(slept, [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  assert.is(most.asleep, 1);
});

test('many good logins at once from one address are all served, and none is slowed', async () => {
  const { attempt, slept } = aThrottle();
  const users = Array.from({ length: 200 }, (_, n) => `user ${n % 3}`);
  const proved = await Promise.all(users.map((user) => attempt(user, '192.0.2.1', true)));
  assert.ok(proved.every(Boolean));
  assert.equal(slept, []);
});

test('while an account is attacked, its owner comes in from elsewhere', async () => {
  const { attempt, exhaust } = aThrottle();
  await exhaust('192.0.2.1', () => 'alice');
  assert.ok(await attempt('alice', '198.51.100.7', true));
});

test('success forgives the user, and of the address only its own attempt', async () => {
  const { attempt, slept } = aThrottle();
  for (let n = 0; n < 19; n++) await attempt(`victim ${n}`, '192.0.2.1');
  await attempt('mallory', '192.0.2.1', true);
  assert.equal(slept, []);
  await attempt('victim 19', '192.0.2.1');
  await attempt('victim 20', '192.0.2.1');
  assert.equal(slept, [250], 'her own success did not wipe out her guesses');
});

test('beyond the end of its queue an address learns when to come back', async () => {
  const { attempt, slept, clock, exhaust } = aThrottle();
  const error = await exhaust('192.0.2.1', (n) => `user ${n}`);
  assert.instance(error, DomainError);
  assert.is(error.code, 'too_many');
  assert.ok((error.retryAfterMs ?? 0) > 30_000);
  await attempt('alice', '198.51.100.7'); // another address is not held up
  clock.advance(15 * 60_000 + 1);
  const before = slept.length;
  await attempt('alice', '192.0.2.1');
  assert.is(slept.length, before, 'forgotten after a quarter of an hour');
});

test('an address that is refused leaves no trace of the user it named', async () => {
  const { throttle, attempt, exhaust } = aThrottle();
  await exhaust('192.0.2.1', () => 'mallory');
  const before = throttle.remembered;
  for (let n = 0; n < 100; n++) await attempt(`user ${n}`, '192.0.2.1').catch(() => undefined);
  assert.equal(throttle.remembered, before);
});

test('an address of IPv6 is a whole network, however it is written', async () => {
  const { attempt, slept } = aThrottle();
  for (let n = 0; n < 20; n++) await attempt(`user ${n}`, `2001:db8:0:7::${n.toString(16)}`);
  assert.equal(slept, []);
  await attempt('user 20', '2001:0DB8::7:1:2:3:4');
  assert.equal(slept, [250]);
  for (const another of ['2001:db8:0:8::1', '2001:db8::', '::1', '::ffff:192.0.2.1', 'fe80::1%eth0'])
    await attempt(`user at ${another}`, another);
  assert.equal(slept, [250], 'other networks are not held up');
});

test('memory is bounded, and the user with most failures is forgotten last', async () => {
  const limits = { bytes: 16 * 1_024, forgetAfter: 15 * 60_000 };
  const { throttle, attempt, slept } = aThrottle(limits);
  for (let n = 0; n < 9; n++) await attempt('alice', `192.0.2.${n}`);
  slept.length = 0;
  for (let n = 0; n < 1_000; n++) await attempt(`user ${n}`, `198.51.${n >> 8}.${n & 255}`);
  assert.is(throttle.remembered.users, 64);
  assert.ok(throttle.remembered.bytes <= 2 * limits.bytes);
  await attempt('alice', '203.0.113.1');
  assert.equal(slept, [4_000]);
});

test('entries too old to count are dropped first', async () => {
  const limits = { bytes: 16 * 1_024, forgetAfter: 60_000 };
  const { clock, attempt, slept } = aThrottle(limits);
  for (let n = 0; n < 9; n++) await attempt('long ago', `192.0.2.${n}`);
  clock.advance(60_001);
  await attempt('first');
  for (let n = 0; n < 63; n++) await attempt(`user ${n}`);
  slept.length = 0;
  for (let n = 0; n < 5; n++) await attempt('first');
  assert.equal(slept, [250], 'the first of the newer ones is still counted');
});

test.run();
