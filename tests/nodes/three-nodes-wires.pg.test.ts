/**
 * Faults between three nodes and their PostgreSQL: answers swallowed, LISTEN muted, a network that drops everything, a killed
 * server, a long transaction of others; and a rolling restart. All under load, and every frame is checked against the log.
 */
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { postgresBinaries } from '../support/postgres/cluster.ts';
import { addition, migratedByNewer } from '../support/postgres/newer.ts';
import { hasPostgres } from '../support/postgres/stores.ts';
import type { ServerProcess } from '../support/process.ts';
import { until } from '../support/within.ts';
import { Site } from './three/site.ts';

const STOPPED_MS = 20_000;
/** 3 s on an idle machine; this says only that it is not left to chance. */
const TAKE_OVER_MS = 15_000;

const test = suite<{ site: Site }>('three nodes and their wires');

test.before(async (context) => {
  context.site = await Site.open();
  await context.site.use();
});
test.after(({ site }) => site.close());

test('a newer version adds to the tables: nodes of this one go on, and start', async ({ site }) => {
  await migratedByNewer(site.cluster.url, addition);
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
    await site.goesOn();
    site.wires[n]?.mute(false);
    await site.led();
    await site.goesOn();
  });

  test(`the wire of ${who} leads nowhere: its agents move, the others go on`, async ({ site }) => {
    const n = ((await site.leader()) + further) % 3;
    site.wires[n]?.blackHole(true);
    await site.led(n);
    await sleep(4_000);
    site.wires[n]?.blackHole(false);
    await until('the node at work again', async () => {
      const asked = fetch(`${site.urls()[n]}/readyz`, { signal: AbortSignal.timeout(2_000) });
      return (await asked.catch(() => undefined))?.status === 200;
    });
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
  const took = await site.led(n);
  await site.goesOn();
  await sleep(Math.max(0, STOPPED_MS - took));
  process.kill(pid, 'SIGCONT');
  assert.ok(took < TAKE_OVER_MS, `another node led after ${took} ms`);
  console.log(`   another node led ${took} ms after the stop`);
  await site.goesOn();
});

test('each answer to every node is 200 ms late: commits go on, and the leader stays', async ({ site }) => {
  const { rows: before } = await site.query('SELECT epoch FROM leases');
  for (const wire of site.wires) wire.slow(200);
  await site.goesOn();
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
