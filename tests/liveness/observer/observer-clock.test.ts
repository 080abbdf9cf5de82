import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ObserverClock } from '../../../server/liveness/observer/observer-clock.ts';
import { FakeClock } from '../../support/clock.ts';

const test = suite('observer clock');

const TICK = 25;

function observing(shortestDownTime = 60_000) {
  const clock = new FakeClock();
  const observer = new ObserverClock({
    clock,
    reportInterval: 10_000,
    serviceDownTime: 60_000,
    shortestDownTime: () => shortestDownTime,
  });
  const run = (ms: number) => {
    for (let passed = 0; passed < ms; passed += TICK) {
      clock.advance(TICK);
      observer.tick();
    }
  };
  return { clock, observer, run };
}

test('while it looks it runs as the monotonic clock does', () => {
  const { clock, observer, run } = observing();
  const start = observer.now();
  run(5_000);
  clock.advance(7);
  assert.is(observer.now() - start, 5_007);
  assert.is(observer.state(), 'ok');
});

test('no time passes while the process is stopped, whichever reader comes first', () => {
  const { clock, observer, run } = observing();
  run(1_000);
  const before = observer.now();
  clock.advance(120_000);
  assert.is(observer.now(), before);
  assert.is(observer.tick().pause, 120_000);
  assert.is(observer.now(), before);
  clock.advance(TICK);
  assert.is(observer.now(), before + TICK);
});

test('a pause is reported with its end, and is over by itself after the hold', () => {
  const { clock, observer, run } = observing();
  clock.advance(20_000);
  observer.tick();
  assert.is(observer.state(), 'paused');
  assert.match(observer.reason() ?? '', /paused/);
  assert.is(observer.observingSince(), clock.now());
  run(15_000);
  assert.is(observer.state(), 'paused');
  run(TICK);
  assert.is(observer.state(), 'ok');
  assert.is(observer.reason(), undefined);
});

test('the hold is one and a half report intervals, at most a service_down_time', () => {
  const { clock, observer } = observing();
  clock.advance(20_000);
  observer.tick();
  assert.is(observer.heldUntil(10_000, 60_000) - observer.now(), 15_000);
  assert.is(observer.heldUntil(10_000, 12_000) - observer.now(), 12_000);
});

test('a gap below a pause is too short to use up a service’s time alone', () => {
  for (const [shortest, gap] of [
    [60_000, 15_000],
    [2_000, 1_000],
    [600, 300],
  ] as const) {
    const { clock, observer } = observing(shortest);
    clock.advance(gap);
    assert.is(observer.tick().pause, 0, `${gap} ms at ${shortest}`);
    clock.advance(gap + 1);
    assert.is(observer.tick().pause, gap + 1);
  }
});

test('a wall clock set by an hour or thirty years, either way, moves nothing', () => {
  for (const step of [3_600_000, -3_600_000, 30 * 365 * 86_400_000, -30 * 365 * 86_400_000]) {
    const { clock, observer, run } = observing();
    run(1_000);
    const before = observer.now();
    clock.stepWall(step);
    clock.advance(TICK);
    const tick = observer.tick();
    assert.equal(tick, { pause: 0, gap: TICK, wallStep: step });
    assert.is(observer.now(), before + TICK);
    assert.is(observer.state(), 'ok');
  }
});

test('a machine that sleeps with its monotonic clock stopped loses nothing', () => {
  const { clock, observer, run } = observing();
  run(1_000);
  const before = observer.now();
  clock.stepWall(8 * 3_600_000);
  run(TICK);
  assert.is(observer.now(), before + TICK);
});

test('degraded lasts until recovered, and says why', () => {
  const { observer } = observing();
  observer.degrade('recording', 'the disk is full');
  assert.is(observer.state(), 'degraded');
  assert.is(observer.reason(), 'the disk is full');
  observer.recover('recording');
  assert.is(observer.state(), 'ok');
});

test('from tick to tick it never goes back and never gains unobserved time', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 60 }), (gaps) => {
      const { clock, observer } = observing();
      let last = observer.now();
      for (const gap of gaps) {
        clock.advance(gap);
        const { pause } = observer.tick();
        assert.is(observer.now(), last + gap - pause);
        assert.is(pause, gap > 15_000 ? gap : 0);
        last = observer.now();
      }
    }),
  );
});

test('it is degraded while connections are lost, and until all had time to report', () => {
  const clock = new FakeClock();
  let lost: string | undefined;
  const observer = new ObserverClock({
    clock,
    reportInterval: 10_000,
    serviceDownTime: 60_000,
    shortestDownTime: () => 60_000,
    receiving: () => lost,
  });
  const run = (ms: number) => {
    for (let passed = 0; passed < ms; passed += TICK) {
      clock.advance(TICK);
      observer.tick();
    }
  };
  run(1_000);
  lost = 'no file descriptor is free';
  run(90_000);
  assert.equal([observer.state(), observer.reason(), observer.isWithholding], ['degraded', lost, true]);
  assert.ok(observer.heldUntil(10_000, 60_000) >= observer.now() + 15_000);
  lost = undefined;
  run(14_900);
  assert.equal([observer.state(), observer.isWithholding], ['degraded', true]);
  assert.match(observer.reason() ?? '', /could not be accepted/);
  run(200);
  assert.equal([observer.state(), observer.reason(), observer.isWithholding], ['ok', undefined, false]);
});

test.run();
