import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LoopLag } from '../../../server/liveness/observer/event-loop-lag.ts';
import { watched } from '../support.ts';

const test = suite('loop lag');

function looks(lag: LoopLag, gap: number, forMs: number): void {
  for (let passed = 0; passed < forMs; passed += gap) lag.note(gap);
}

test('one long turn is not lag; seconds of lateness are, until the loop is on time', () => {
  const lag = new LoopLag();
  looks(lag, 25, 10_000);
  lag.note(900);
  assert.is(lag.isLate, false);
  looks(lag, 400, 10_000);
  assert.is(lag.isLate, true);
  assert.ok(lag.share > 0.5 && lag.share < 0.75);
  looks(lag, 25, 1_000);
  assert.is(lag.isLate, true, 'one good second proves nothing');
  looks(lag, 25, 10_000);
  assert.is(lag.isLate, false);
});

test('a loop that was late is late until it is clearly in time', () => {
  const lag = new LoopLag();
  looks(lag, 400, 20_000);
  looks(lag, 25, 3_000);
  assert.ok(lag.share > 0.25 && lag.share < 0.5, `${lag.share}`);
  assert.ok(lag.isLate);
  const other = new LoopLag();
  looks(other, 400, 3_000);
  assert.ok(other.share > 0.25 && other.share < 0.5, `${other.share}`);
  assert.not(other.isLate);
});

test('a late loop is degraded, and holds a mass silence even though others report', async () => {
  const w = await watched();
  const hosts = Array.from({ length: 10 }, (_, n) => `c${n}`);
  await w.report(...hosts);
  for (let n = 0; n < 16; n++) {
    await w.report(...hosts.slice(5));
    w.clock.advance(400);
    await w.liveness.tick();
  }
  assert.is(w.liveness.observer.state(), 'degraded');
  assert.match(w.liveness.observer.reason() ?? '', /event loop is late|unable to receive/);
  assert.not(w.sent.some(({ to }) => to === 'UNKNOWN'));
  for (let n = 0; n < 20; n++) {
    await w.report(...hosts.slice(5));
    await w.pass(1_000);
  }
  assert.is(w.sent.filter(({ to }) => to === 'UNKNOWN').length, 5);
  assert.is(w.liveness.observer.state(), 'ok');
  await w.close();
});

test.run();
