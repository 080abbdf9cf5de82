import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadConfig } from '../../../server/config/load.ts';
import { HANDSHAKE_BOUNDS, HandshakeLimits } from '../../../server/hub/connection/handshake-limits.ts';
import { FakeClock } from '../../support/clock.ts';

const test = suite('handshake limits');

/** As many as a machine with 20 000 descriptors holds, come back over the two seconds that the protocol spreads them. */
const CLIENTS = 19_000;
const SPREAD = 2_000;

for (const roundTrip of [50, 1_000]) {
  test(`no honest client is refused after a restart, if it authenticates in ${roundTrip} ms`, () => {
    const clock = new FakeClock();
    const handshakeLimits = new HandshakeLimits(HANDSHAKE_BOUNDS, clock);
    const waiting: { until: number; leave: () => void }[] = [];
    for (let n = 0; n < CLIENTS; n++) {
      assert.is(handshakeLimits.arrive(), undefined);
      assert.is(handshakeLimits.judge('192.0.2.1'), undefined, `the ${n}th`);
      waiting.push({ until: clock.monotonic() + roundTrip, leave: handshakeLimits.enter('192.0.2.1') });
      clock.advance(SPREAD / CLIENTS);
      while ((waiting[0]?.until ?? Number.POSITIVE_INFINITY) <= clock.monotonic()) waiting.shift()?.leave();
    }
  });
}

test('the default settings are those that these limits were chosen for', () => {
  const { config } = loadConfig({ env: {} });
  assert.equal(
    {
      maxWaiting: config.maxUnauthenticated,
      maxWaitingPerAddress: config.maxUnauthenticatedPerAddress,
      handshakeRate: config.handshakeRate,
    },
    HANDSHAKE_BOUNDS,
  );
});

test('a flood that goes on is held to the rate', () => {
  const clock = new FakeClock();
  const handshakeLimits = new HandshakeLimits({ ...HANDSHAKE_BOUNDS, handshakeRate: 100 }, clock);
  let taken = 0;
  for (let n = 0; n < 20_000; n++) {
    if (handshakeLimits.arrive() === undefined) taken += 1;
    clock.advance(1);
  }
  assert.is(taken, 100 * 10 + 100 * 20 - 1);
});

test('one address leaves places for the others', () => {
  const handshakeLimits = new HandshakeLimits(
    { maxWaiting: 3, maxWaitingPerAddress: 2, handshakeRate: 1_000 },
    new FakeClock(),
  );
  const leave = [handshakeLimits.enter('a'), handshakeLimits.enter('a')];
  assert.is(handshakeLimits.judge('a')?.refuse.status, 429);
  assert.is(handshakeLimits.judge('b'), undefined);
  handshakeLimits.enter('b');
  assert.is(handshakeLimits.judge('c')?.refuse.status, 503);
  for (const go of [...leave, ...leave]) go();
  assert.is(handshakeLimits.judge('a'), undefined);
});

test('a waiting handshake is counted out once, however often it leaves', () => {
  const handshakeLimits = new HandshakeLimits(
    { maxWaiting: 2, maxWaitingPerAddress: 2, handshakeRate: 1_000 },
    new FakeClock(),
  );
  const leave = handshakeLimits.enter('a');
  handshakeLimits.enter('b');
  leave();
  leave();
  assert.is(handshakeLimits.judge('a'), undefined);
  handshakeLimits.enter('a');
  assert.is(handshakeLimits.judge('c')?.refuse.status, 503);
});

test('an idle hour saves up one burst and no more', () => {
  const clock = new FakeClock();
  const handshakeLimits = new HandshakeLimits({ ...HANDSHAKE_BOUNDS, handshakeRate: 100 }, clock);
  clock.advance(3_600_000);
  let taken = 0;
  while (handshakeLimits.arrive() === undefined) taken += 1;
  assert.is(taken, 1_000);
});

test.run();
