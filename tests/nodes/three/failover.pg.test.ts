/**
 * A standby that lacks the last commits takes over from under three nodes, while the old primary still serves one of them:
 * two histories, announced under two epochs, and one of them in the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { postgresBinaries } from '../../support/postgres/cluster.ts';
import { hasPostgres } from '../../support/postgres/stores.ts';
import { until } from '../../support/within.ts';
import { stopwatch } from './bounds.ts';
import type { Owner } from './owners.ts';
import { LONG_MS, Site } from './site.ts';

const RESET_MS = 5_000;
/** Shorter than a host may be silent, because each side does not hear those that report to the other. */
const SPLIT_MS = 5_000;

const test = suite<{ site: Site }>('three nodes and a standby');

test.before(async (context) => {
  context.site = await Site.open({ withStandby: true });
});
test.after(async ({ site }) => {
  for (const owner of pinned) await owner.stop();
  await site?.close();
});

/** Sockets that stay with one node each, and were there before. */
const pinned: Owner[] = [];

/** Those at these nodes are reset. */
async function areReset(nodes: readonly number[], what: string): Promise<void> {
  const watch = stopwatch();
  const there = nodes.map((n) => pinned[n] as Owner);
  await until(
    'the reset',
    () => there.every(({ resets, liveSince }) => resets.length > 0 && liveSince !== undefined),
    LONG_MS,
  );
  watch.check(`reset, ${what}`, watch.elapsed(), RESET_MS);
  for (const { resets } of there)
    assert.equal(
      resets.map(({ reason }) => reason),
      ['epoch'],
    );
}

test('the standby is promoted without the last commits; the old primary keeps one node', async ({ site }) => {
  for (const n of [0, 1, 2]) pinned.push(site.pinned(n));
  await until(
    'sockets at each node',
    () => pinned.every(({ liveSince }) => liveSince !== undefined),
    LONG_MS,
  );
  await site.standbyFallsBehind();
  await site.goesOn();
  await site.promote();
  for (const n of [1, 2]) site.wires[n]?.shut(true);
  await areReset([1, 2], 'at nodes that went to the new primary');
  const { length } = site.operator.answered;
  await sleep(SPLIT_MS);
  const since = site.operator.answered.slice(length);
  assert.ok(
    since.some(({ node }) => node === 0) && since.some(({ node }) => node > 0),
    'changes of both histories',
  );
});

test('the old primary dies: its node follows, and all go on with one history', async ({ site }) => {
  const [former = ''] = site.witness.epochs;
  await site.cluster.stop('immediate');
  await areReset([0], 'at the node whose primary died');
  // What its node answered since the promotion was in the other history.
  site.operator.forget();
  await until(
    'all owners in the new history',
    () => site.owners.every(({ epoch }) => epoch !== former),
    LONG_MS,
  );
  for (const n of [0, 1, 2]) await site.isWell(n);
  await site.goesOn();
});

test('at the end: every frame of the last epoch is in the log, none has two contents', async ({ site }) => {
  console.log(`   ${await site.judge({ isFailedOver: true })}`);
});

if (hasPostgres('three nodes and a standby') && postgresBinaries() !== undefined) test.run();
