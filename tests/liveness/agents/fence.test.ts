import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { onSwitched } from '../../../server/domain/transition.ts';
import { anInstance } from '../../support/builders.ts';
import { putInstance } from '../../support/store.ts';
import { type Watched, watched } from '../support.ts';

const test = suite<{ w: Watched }>('a fence that failed');

test.before.each(async (context) => {
  context.w = await watched();
  await context.w.report('c1');
  await putInstance(context.w.test, anInstance({ host: 'c1' }));
});
test.after.each(({ w }) => w.close());

const key = { host: 'c1', binary: 'nova-compute' };

function forceDown(w: Watched, forcedDown: boolean) {
  const { store, rules } = w.test;
  return store.updateService(key, (current) =>
    onSwitched(current, { forcedDown }, { actor: 'op', at: w.clock.now() }, rules),
  );
}

async function owner(w: Watched) {
  const rows = await w.test.store.log('project:p1', 0, 100, 100);
  return rows.flatMap(({ items }) => JSON.parse(items));
}

test('a forced-down host that reports stays DOWN, and owners and operators see it', async ({ w }) => {
  await forceDown(w, true);
  const before = w.sent.length;
  await w.report('c1');
  await w.report('c1');
  await w.pass(1_000);
  await w.report('c1');
  assert.is(w.sent.length, before + 1);
  const reported = w.sent.at(-1);
  assert.equal(
    [reported?.kind, reported?.from, reported?.to, reported?.cause, reported?.heard_while_forced_down],
    ['annotation', 'DOWN', 'DOWN', 'heartbeat', true],
  );
  const item = (await owner(w)).at(-1);
  assert.equal([item.kind, item.to, item.heard_while_forced_down], ['annotation', 'DOWN', true]);
  const { items } = await w.test.store.projectSnapshot('p1');
  assert.equal([items[0]?.host_status, items[0]?.heard_while_forced_down], ['DOWN', true]);
});

test('a silent host that is forced down is announced once, with both facts', async ({ w }) => {
  await w.pass(6_100);
  await forceDown(w, true);
  const before = w.sent.length;
  await w.report('c1');
  assert.is(w.sent.length, before + 1);
  assert.equal([w.sent.at(-1)?.facts?.live, w.sent.at(-1)?.heard_while_forced_down], [true, true]);
});

test('lifting forgets the evidence, and the next force-down begins again', async ({ w }) => {
  await forceDown(w, true);
  await w.report('c1');
  await forceDown(w, false);
  assert.equal([w.sent.at(-1)?.to, w.sent.at(-1)?.heard_while_forced_down], ['UP', undefined]);
  await forceDown(w, true);
  assert.is(w.sent.at(-1)?.heard_while_forced_down, undefined);
  await w.report('c1');
  assert.is(w.sent.at(-1)?.heard_while_forced_down, true);
});

test.run();
