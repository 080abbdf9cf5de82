import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { GuessBrake, MAX_REMEMBERED, TooManyGuesses } from '../../server/identity/embedded/login-throttle.ts';
import { FakeClock } from '../support/clock.ts';

const test = suite('guess brake');

function aBrake() {
  const clock = new FakeClock();
  const slept: number[] = [];
  const brake = new GuessBrake(clock, async (ms) => void slept.push(ms));
  return { clock, slept, brake };
}

test('mistyping a few times costs nothing', async () => {
  const { brake, slept } = aBrake();
  for (let attempt = 0; attempt < 5; attempt++) await brake.attempt('alice', '192.0.2.1');
  assert.equal(slept, []);
});

test('who guesses waits twice as long each time, but never so long that the owner is locked out', async () => {
  const { brake, slept } = aBrake();
  for (let attempt = 0; attempt < 500; attempt++) await brake.attempt('alice', `192.0.2.${attempt % 250}`);
  assert.equal(slept.slice(0, 5), [250, 500, 1_000, 2_000, 4_000]);
  assert.is(Math.max(...slept), 4_000);
});

test('success forgives the user, and of the address only its own attempt', async () => {
  const { brake, slept } = aBrake();
  for (let attempt = 0; attempt < 19; attempt++) await brake.attempt(`victim ${attempt}`, '192.0.2.1');
  (await brake.attempt('mallory', '192.0.2.1'))();
  assert.equal(slept, []);
  await brake.attempt('victim 19', '192.0.2.1');
  await brake.attempt('victim 20', '192.0.2.1');
  assert.equal(slept, [250], 'her own success did not wipe out her guesses');
});

test('many at once stand in one queue, and beyond its end are told when to come back', async () => {
  const { brake, slept, clock } = aBrake();
  let refused: unknown;
  for (let attempt = 0; refused === undefined && attempt < 100; attempt++) {
    await brake.attempt(`user ${attempt}`, '192.0.2.1').catch((error: unknown) => {
      refused = error;
    });
  }
  assert.instance(refused, TooManyGuesses);
  assert.ok((refused as TooManyGuesses).retryAfterMs > 30_000);
  assert.equal(
    slept,
    [...slept].sort((a, b) => a - b),
    'each waits for those before it',
  );
  await brake.attempt('alice', '198.51.100.7'); // another address is not held up
  clock.advance(15 * 60_000 + 1);
  const before = slept.length;
  await brake.attempt('alice', '192.0.2.1');
  assert.is(slept.length, before, 'forgotten after a quarter of an hour');
});

test('an address of IPv6 is a whole network, however it is written', async () => {
  const { brake, slept } = aBrake();
  for (let attempt = 0; attempt < 20; attempt++)
    await brake.attempt(`user ${attempt}`, `2001:db8:0:7::${attempt.toString(16)}`);
  assert.equal(slept, []);
  await brake.attempt('user 20', '2001:0DB8::7:1:2:3:4');
  assert.equal(slept, [250]);
  for (const another of ['2001:db8:0:8::1', '2001:db8::', '::1', '::ffff:192.0.2.1', 'fe80::1%eth0'])
    await brake.attempt(`user at ${another}`, another);
  assert.equal(slept, [250], 'other networks are not held up');
});

test('memory is bounded, whatever names are tried', async () => {
  const { brake } = aBrake();
  for (let attempt = 0; attempt < MAX_REMEMBERED + 50; attempt++)
    await brake.attempt(`user ${attempt}`, undefined);
  assert.is(brake.remembered, MAX_REMEMBERED);
});

test.run();
