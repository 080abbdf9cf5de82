import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Keepalive } from '../../../server/hub/connection/keepalive.ts';
import { FakeClock } from '../../support/clock.ts';

const test = suite('keepalive');

/** Turned by hand, in steps as short as any of its own. */
function wheel(settings: { healthInterval: number; pingInterval: number; pongTimeout: number }) {
  const clock = new FakeClock();
  const keepalive = new Keepalive({ clock, setTimer: () => () => undefined, settings });
  const pass = (ms: number) => {
    for (let n = 0; n < ms; n += 10) {
      clock.advance(10);
      keepalive.tick();
    }
  };
  return { clock, keepalive, pass };
}

function member() {
  const seen = { ping: [] as number[], health: [] as number[], lost: 0 };
  return {
    seen,
    at: (now: () => number) => ({
      beat: (due: { ping: boolean; health: boolean }) => {
        if (due.ping) seen.ping.push(now());
        if (due.health) seen.health.push(now());
      },
      lost: () => {
        seen.lost += 1;
      },
    }),
  };
}

test('no client waits longer for health or a ping than is set, within one step', () => {
  const settings = fc.record({
    healthInterval: fc.integer({ min: 500, max: 10_000 }),
    pingInterval: fc.integer({ min: 500, max: 60_000 }),
    pongTimeout: fc.constant(10_000),
  });
  fc.assert(
    fc.property(settings, fc.array(fc.double({ min: 0, max: 0.999, noNaN: true })), (set, phases) => {
      const { clock, keepalive, pass } = wheel(set);
      const begun = clock.monotonic();
      const members = phases.map((phase) => {
        const one = member();
        const pulse = keepalive.join(
          one.at(() => clock.monotonic()),
          phase,
        );
        return { ...one, pulse };
      });
      const end = begun + 3 * Math.max(set.healthInterval, set.pingInterval);
      while (clock.monotonic() < end) {
        pass(100);
        for (const { pulse } of members) pulse.onPong();
      }
      for (const { seen } of members) {
        assert.is(seen.lost, 0);
        for (const [times, interval] of [
          [seen.health, set.healthInterval],
          [seen.ping, set.pingInterval],
        ] as const) {
          const moments = [begun, ...times, end];
          const longest = Math.max(...moments.slice(1).map((at, n) => at - (moments[n] as number)));
          assert.ok(longest <= interval + 200, `${longest} ms without one, set to ${interval}`);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a client that answers no ping is lost once; one that answers or has left is not', () => {
  const { clock, keepalive, pass } = wheel({
    healthInterval: 5_000,
    pingInterval: 5_000,
    pongTimeout: 2_000,
  });
  const [silent, answering, gone] = [member(), member(), member()];
  const now = () => clock.monotonic();
  keepalive.join(silent.at(now), 0);
  const answers = keepalive.join(answering.at(now), 0.2);
  keepalive.join(gone.at(now), 0.1).end();
  for (let n = 0; n < 200; n++) {
    pass(100);
    answers.onPong();
  }
  assert.equal([silent.seen.lost, answering.seen.lost, gone.seen.lost], [1, 0, 0]);
  assert.is(gone.seen.ping.length, 0);
  assert.is(silent.seen.ping.length, 1);
});

test('pings that follow do not extend the time for the pong of the first', () => {
  const { clock, keepalive, pass } = wheel({
    healthInterval: 1_000,
    pingInterval: 1_000,
    pongTimeout: 2_500,
  });
  const silent = member();
  keepalive.join(
    silent.at(() => clock.monotonic()),
    0,
  );
  pass(3_800);
  assert.is(silent.seen.lost, 1);
});

test("our own pause counts as no client's silence", () => {
  const { clock, keepalive, pass } = wheel({
    healthInterval: 5_000,
    pingInterval: 5_000,
    pongTimeout: 2_000,
  });
  const one = member();
  keepalive.join(
    one.at(() => clock.monotonic()),
    0,
  );
  pass(200);
  assert.is(one.seen.ping.length, 1);
  clock.advance(60_000);
  keepalive.tick();
  assert.is(one.seen.lost, 0);
});

test('a step touches a small slice of ten thousand', () => {
  const { keepalive, pass } = wheel({ healthInterval: 5_000, pingInterval: 25_000, pongTimeout: 10_000 });
  let beats = 0;
  const one = {
    beat: () => {
      beats += 1;
    },
    lost: () => undefined,
  };
  for (let n = 0; n < 10_000; n++) keepalive.join(one, n / 10_000);
  for (let n = 0; n < 100; n++) {
    beats = 0;
    pass(100);
    assert.ok(beats <= 400, `${beats} in one step`);
  }
});

test.run();
