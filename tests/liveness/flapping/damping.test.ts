import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Damping } from '../../../server/liveness/flapping/damping.ts';
import { type Watched, watched } from '../support.ts';

const test = suite<{ w: Watched }>('damping');

test.before.each(async (context) => {
  context.w = await watched();
});
test.after.each(({ w }) => w.close());

const key = { host: 'c1', binary: 'nova-compute' };
const DOWN = 6_100;
const reported = (w: Watched) => w.sent.map(({ to }) => to);

/** It is silent for a timeout, then heard once. */
async function flap(w: Watched): Promise<void> {
  await w.pass(DOWN);
  await w.report('c1');
}

async function reportsFor(w: Watched, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    await w.report('c1');
    await w.pass(1_000);
  }
}

test('the fourth edge in ten minutes, a return, is held until half a minute of reports', async ({ w }) => {
  await w.report('c1');
  await flap(w);
  await flap(w);
  assert.equal(reported(w), ['UP', 'UNKNOWN', 'UP', 'UNKNOWN']);
  const hearing = w.liveness.knowledgeOf(key);
  assert.equal([hearing?.confidence, hearing?.held], ['flap_hold', { forMs: 30_000, edges: 4 }]);
  await reportsFor(w, 29_000);
  assert.is(w.sent.length, 4);
  await reportsFor(w, 2_000);
  assert.equal(reported(w).slice(4), ['UP']);
  assert.is(w.sent.at(-1)?.flapping, true);
  assert.is(w.liveness.knowledgeOf(key)?.confidence, 'observed');
});

test('a return before the fourth edge is never held nor called flapping', async ({ w }) => {
  await w.report('c1');
  await flap(w);
  await w.pass(DOWN);
  assert.equal(
    w.sent.map(({ flapping }) => flapping),
    [undefined, undefined, undefined, undefined],
  );
});

test('a silence is committed at once however often the service flapped', async ({ w }) => {
  await w.report('c1');
  await flap(w);
  await flap(w);
  await reportsFor(w, 31_000);
  await w.pass(DOWN);
  const last = w.sent.at(-1);
  assert.equal([last?.to, last?.flapping], ['UNKNOWN', true]);
});

test('a held service that falls silent commits nothing, and is held twice as long', async ({ w }) => {
  await w.report('c1');
  await flap(w);
  await flap(w);
  await reportsFor(w, 10_000);
  await flap(w);
  assert.equal(reported(w), ['UP', 'UNKNOWN', 'UP', 'UNKNOWN']);
  assert.equal(w.liveness.knowledgeOf(key)?.held, { forMs: 60_000, edges: 6 });
  await reportsFor(w, 61_000);
  assert.is(w.sent.at(-1)?.to, 'UP');
});

test('ten quiet minutes make good', async ({ w }) => {
  await w.report('c1');
  await flap(w);
  await flap(w);
  await reportsFor(w, 640_000);
  await w.pass(DOWN);
  assert.is(w.sent.at(-1)?.flapping, undefined);
  await w.report('c1');
  assert.is(w.sent.at(-1)?.to, 'UP');
});

test('after a restart a service that flapped is still held, for the full hold', async ({ w }) => {
  await w.report('c1', 'c2');
  await flap(w);
  await w.pass(DOWN);
  await w.restart();
  await w.report('c1', 'c2');
  assert.is(w.liveness.knowledgeOf(key)?.confidence, 'flap_hold');
  assert.equal(w.liveness.knowledgeOf(key)?.held, { forMs: 30_000, edges: 4 });
  assert.is(w.sent.findLast(({ host }) => host === 'c1')?.to, 'UNKNOWN');
  assert.is(w.sent.findLast(({ host }) => host === 'c2')?.to, 'UP', 'it came and went less often');
});

test('ten minutes after the last edge a restart recalls nothing', async ({ w }) => {
  await w.report('c1');
  await flap(w);
  await w.pass(DOWN);
  w.clock.advance(600_000);
  await w.restart();
  await w.report('c1');
  assert.is(w.sent.at(-1)?.to, 'UP');
});

test('a forced-down host is announced at once, held or not', async ({ w }) => {
  await w.report('c1');
  await flap(w);
  await flap(w);
  await w.test.store.updateService(key, (current) => ({ service: { ...current!, forcedDown: true } }));
  await w.report('c1');
  assert.equal(w.sent.at(-1)?.facts, { forced_down: true, disabled: false, live: true });
});

test('a service that is deleted leaves no history to the next of its name', async ({ w }) => {
  await w.report('c1');
  await flap(w);
  await flap(w);
  await w.test.store.updateService(key, () => ({ service: undefined }));
  await w.report('c1');
  await flap(w);
  assert.equal(reported(w).slice(4), ['UP', 'UNKNOWN', 'UP']);
});

test('nothing is held where damping is off', async () => {
  const w = await watched({ flapDamping: false });
  await w.report('c1');
  for (let n = 0; n < 6; n++) await flap(w);
  assert.is(w.sent.filter(({ to }) => to === 'UP').length, 7);
  assert.not(w.sent.some(({ flapping }) => flapping));
  await w.close();
});

test('the return that ends a hold was counted when the hold began', () => {
  const damping = new Damping(true);
  for (const [n, live] of [false, true, false].entries()) damping.edge(0, live, n);
  assert.ok(damping.returns(0, 3));
  assert.is(damping.held(0)?.edges, 4);
  damping.edge(0, true, 4);
  damping.edge(0, false, 5);
  assert.ok(damping.returns(0, 6));
  assert.is(damping.held(0)?.edges, 6);
});

test('sixteen edges are kept for a service that flaps all day', () => {
  const damping = new Damping(true);
  for (let n = 0; n < 100; n++) damping.edge(0, n % 2 === 1, n);
  assert.ok(damping.returns(0, 100));
  assert.is(damping.held(0)?.edges, 17);
});

test.run();
