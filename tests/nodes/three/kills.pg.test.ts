/**
 * Three nodes on a PostgreSQL of their own, 300 hosts that report to any of them, 60 owners' sockets. Nodes are killed and
 * stopped, PostgreSQL is restarted, a clock is wrong: each within its bound; every frame is compared with the log.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { postgresBinaries } from '../../support/postgres/cluster.ts';
import { hasPostgres } from '../../support/postgres/stores.ts';
import { until } from '../../support/within.ts';
import { stopwatch } from './bounds.ts';
import { DOWN_TIME_MS, INTERVAL_MS, LONG_MS, Site } from './site.ts';

const STOPPED_MS = 20_000;
const TAKE_OVER_MS = 3_000;
/** An owner connects again after 0.5 s at most, as clients do; the design gives it two seconds more. */
const BACK_MS = 2_500;
/** What the services of a lost node have to report to another one. */
const HOLD_MS = 5_000;

const test = suite<{ site: Site }>('three nodes');

test.before(async (context) => {
  context.site = await Site.open();
});
test.after(({ site }) => site?.close());

const areLive = (site: Site) => site.owners.every(({ liveSince }) => liveSince !== undefined);

async function follower(site: Site): Promise<number> {
  return ((await site.led()) + 1) % site.nodes.length;
}

test('a follower is killed: its owners go on elsewhere within their back-off', async ({ site }) => {
  const n = await follower(site);
  await site.nodes[n]?.kill();
  const watch = stopwatch();
  const { owners } = site;
  const lost = owners.filter(({ liveSince }) => liveSince === undefined).length;
  await until('the owners elsewhere', () => areLive(site), LONG_MS);
  watch.check(`${lost} owners at another node`, watch.elapsed(), BACK_MS);
  await site.goesOn();
  await site.restart(n);
});

test('the leader is killed: another one leads, and hosts that died are called', async ({ site }) => {
  const n = await site.led();
  const [ofLeader, ofOther] = [await site.mortals(n, 2), await site.mortals((n + 1) % 3, 2)];
  await site.nodes[n]?.kill();
  const watch = stopwatch();
  const deaths = Promise.all([ofLeader(), ofOther()]);
  await site.led(n);
  watch.check('take-over', watch.elapsed(), TAKE_OVER_MS);
  const [own, others] = await deaths;
  watch.check('silence of a service of another node', Math.max(...others), DOWN_TIME_MS + 3_000);
  watch.check('silence of a service of the dead leader', Math.max(...own), DOWN_TIME_MS + HOLD_MS);
  await site.restart(n);
  await site.goesOn();
});

test('the leader is stopped for 20 s: it commits nothing, and follows when it wakes', async ({ site }) => {
  const n = await site.led();
  const { rows: nodes } = await site.query('SELECT holder FROM leases');
  site.signal(n, 'SIGSTOP');
  const watch = stopwatch();
  const next = await site.led(n);
  watch.check('take-over', watch.elapsed(), TAKE_OVER_MS);
  const { rows: before } = await site.query('SELECT head::int AS head FROM head');
  await sleep(Math.max(0, STOPPED_MS - watch.elapsed()));
  const { rows: own } = await site.query(
    `SELECT id FROM commits WHERE node = ${nodes[0].holder} AND id > ${before[0].head}`,
  );
  assert.equal(own, [], 'a commit of the stopped leader');
  site.signal(n, 'SIGCONT');
  await site.isWell(n);
  assert.is(await site.leader(), next);
  await site.goesOn();
});

test('a follower is stopped for 20 s: the others are as fast as before', async ({ site }) => {
  const n = await follower(site);
  const others = [0, 1, 2].filter((each) => each !== n);
  const p99 = (sorted: readonly number[]) => sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
  const before = performance.now();
  await sleep(4_000);
  const usual = p99(site.operator.took(before, others));
  site.signal(n, 'SIGSTOP');
  const watch = stopwatch();
  // What was under way at the moment of the stop is the other test's.
  await sleep(TAKE_OVER_MS);
  const since = performance.now();
  await sleep(Math.max(0, STOPPED_MS - watch.elapsed()));
  watch.check(
    `slowest 1 % of switches, ${Math.round(usual)} ms before`,
    p99(site.operator.took(since, others)),
    usual + 100,
  );
  site.signal(n, 'SIGCONT');
  await site.isWell(n);
  await site.goesOn();
});

test('PostgreSQL is restarted: degraded at once, then all goes on without a reset', async ({ site }) => {
  const before = site.owners.map(({ ended }) => ended);
  const all = (health: string) =>
    until(
      `every owner to read that hostbeat is ${health}`,
      () => site.owners.every((owner) => owner.liveSince === undefined || owner.health === health),
      LONG_MS,
    );
  const died = (await site.mortals(await follower(site), 2))();
  await sleep(DOWN_TIME_MS - 4_000);
  const { degraded } = site.gateways;
  await site.cluster.stop('fast');
  const watch = stopwatch();
  let down = 0;
  try {
    await all('degraded');
    watch.check('every owner reads that hostbeat is degraded', watch.elapsed(), 5_000);
    await until('reports that are answered as degraded', () => site.gateways.degraded > degraded, LONG_MS);
    await sleep(Math.max(0, 6_000 - watch.elapsed()));
  } finally {
    down = watch.elapsed();
    await site.cluster.start();
  }
  await site.led();
  await site.goesOn();
  // They died long enough before the end of the interruption: without it they would have been called during it.
  watch.check('silence of dead hosts', Math.max(...(await died)), DOWN_TIME_MS + down + 1.5 * INTERVAL_MS);
  await all('ok');
  const ended = site.owners.filter((owner, n) => owner.ended !== before[n]);
  assert.is(ended.length, 0, 'sockets that hostbeat ended');
});

test('a clock is five minutes ahead: nothing is decided by it, and it is named', async ({ site }) => {
  const n = await follower(site);
  assert.is(await site.nodes[n]?.stop(), 0);
  const ahead = 'const now = Date.now; Date.now = () => now() + 300_000;';
  await site.restart(n, { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(ahead)}` });
  for (let leader = await site.led(); leader !== n; leader = await site.led(leader)) {
    assert.is(await site.nodes[leader]?.stop(), 0);
    await site.led(leader);
    await site.restart(leader);
  }
  const watch = stopwatch();
  const died = await (await site.mortals(n, 2))();
  watch.check('silence found by it', Math.max(...died), DOWN_TIME_MS + 1_000);
  const answer = await fetch(`${site.urls()[n]}/v1/nodes`, { headers: { 'x-auth-token': site.admin.token } });
  assert.match(await answer.text(), /its clock is 300 s behind the clock of this node/);
  await site.goesOn();
});

test('all nodes are dead for longer than a host may be silent: no host is called', async ({ site }) => {
  await Promise.all(site.nodes.map((node) => node.kill()));
  await sleep(DOWN_TIME_MS + 2_000);
  await Promise.all(site.nodes.map((_, n) => site.restart(n)));
  await until('the owners', () => areLive(site), LONG_MS);
  await site.goesOn();
});

test('at the end: every frame is in the log byte for byte, nobody was called silent', async ({ site }) => {
  console.log(`   ${await site.judge()}`);
});

if (hasPostgres('three nodes') && postgresBinaries() !== undefined) test.run();
