/**
 * Faults between three nodes and their PostgreSQL: answers swallowed, LISTEN muted, a network that drops everything, a killed
 * server, a long transaction of others; and a rolling restart. All under load, and every frame is checked against the log.
 */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { postgresBinaries } from '../../support/postgres/cluster.ts';
import { addition, migratedByNewer } from '../../support/postgres/newer.ts';
import { hasPostgres } from '../../support/postgres/stores.ts';
import type { ServerProcess } from '../../support/process.ts';
import { until } from '../../support/within.ts';
import { stopwatch } from './bounds.ts';
import { LONG_MS, ROLE, Site } from './site.ts';

const STOPPED_MS = 20_000;
const TAKE_OVER_MS = 3_000;
/** What the services of a node that is cut off have to report to another one. */
const HOLD_MS = 5_000;
/** A poll each 250 ms, and two reads. */
const POLLED_MS = 500;
/** Answers that are 200 ms late: a commit has three of them in turn, and its operator's request two or three before. */
const SLOW_MS = 1_200;

const test = suite<{ site: Site }>('three nodes and their wires');

test.before(async (context) => {
  context.site = await Site.open();
});
test.after(({ site }) => site?.close());

const median = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? 0;

test('a newer version adds to the tables: nodes of this one go on, and start', async ({ site }) => {
  await migratedByNewer(site.cluster.url.replace('postgres@', `${ROLE}@`), addition);
  await site.goesOn();
});

for (const n of [0, 1, 2]) {
  test(`node ${n} is replaced: it ends by itself, and its agents and owners go on`, async ({ site }) => {
    const code = await (site.nodes[n] as ServerProcess).stop();
    assert.is(code, 0, site.nodes[n]?.log());
    await site.led(n);
    site.nodes[n] = await site.start(n);
    await site.goesOn();
  });
}

test('answers to COMMIT are lost: nothing is there twice or missing', async ({ site }) => {
  for (let round = 0; round < 8; round++) {
    for (const wire of site.wires) wire.swallowNextCommit();
    await site.goesOn();
  }
});

for (const [who, further] of [
  ['the leader', 0],
  ['another node', 1],
] as const) {
  test(`LISTEN alone is dead at ${who}: polls carry on`, async ({ site }) => {
    const n = ((await site.leader()) + further) % 3;
    site.wires[n]?.mute(true);
    const [watch, since] = [stopwatch(), performance.now()];
    await site.goesOn();
    watch.check(
      'half of the frames come later than elsewhere by',
      median(site.witness.behind(n, since)),
      POLLED_MS,
    );
    site.wires[n]?.mute(false);
    await site.led();
    await site.goesOn();
  });

  test(`the wire of ${who} leads nowhere: its agents move, the others go on`, async ({ site }) => {
    const n = ((await site.leader()) + further) % 3;
    site.wires[n]?.blackHole(true);
    const watch = stopwatch();
    await until('its agents at other nodes', () => !site.gateways.at.includes(n), LONG_MS);
    watch.check('its agents report to other nodes', watch.elapsed(), HOLD_MS);
    await site.led(n);
    await sleep(Math.max(0, 4_000 - watch.elapsed()));
    site.wires[n]?.blackHole(false);
    await site.isWell(n);
    await site.goesOn();
  });
}

test('the leader is stopped while it holds the lock of all writers: it commits nothing', async ({ site }) => {
  const n = await site.leader();
  const { pid } = site.nodes[n] as ServerProcess;
  await new Promise<void>((stopped) => {
    site.wires[n]?.onHeadTaken(() => {
      process.kill(pid, 'SIGSTOP');
      stopped();
    });
  });
  const watch = stopwatch();
  await site.led(n);
  watch.check('take-over', watch.elapsed(), TAKE_OVER_MS);
  await site.goesOn();
  await sleep(Math.max(0, STOPPED_MS - watch.elapsed()));
  process.kill(pid, 'SIGCONT');
  await site.goesOn();
});

test('each answer to every node is 200 ms late: commits go on, and the leader stays', async ({ site }) => {
  const { rows: before } = await site.query('SELECT epoch FROM leases');
  for (const wire of site.wires) wire.slow(200);
  const [watch, since] = [stopwatch(), performance.now()];
  await site.goesOn();
  watch.check('half of the switches take longer than', median(site.operator.took(since)), SLOW_MS);
  const { rows: after } = await site.query('SELECT epoch FROM leases');
  for (const wire of site.wires) wire.slow(0);
  assert.equal(after, before);
});

test('a foreign transaction stays open for the whole time of a restart and more', async ({ site }) => {
  const foreign = new pg.Client({ connectionString: site.cluster.url });
  await foreign.connect();
  try {
    await foreign.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await foreign.query('SELECT count(*) FROM hostbeat.log');
    for (let round = 0; round < 3; round++) await site.goesOn();
    await foreign.query('COMMIT');
  } finally {
    await foreign.end();
  }
});

test('PostgreSQL dies and is started again: no reset, and all go on', async ({ site }) => {
  await site.cluster.stop('immediate');
  await sleep(2_000);
  await site.cluster.start();
  await site.led();
  await site.goesOn();
});

test('at the end: every frame is in the log, once, and nobody was called silent', async ({ site }) => {
  console.log(`   ${await site.judge()}`);
});

if (hasPostgres('three nodes and their wires') && postgresBinaries() !== undefined) test.run();
