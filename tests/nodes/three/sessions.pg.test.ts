/**
 * Three nodes and a PostgreSQL that others meddle with: sessions ended, tables locked, no connection left, a right taken, time-outs
 * set on the role. All under load; what cannot be recorded is refused, and every frame is compared with the log.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Role } from '../../../db/postgres/connection/session.ts';
import { postgresBinaries } from '../../support/postgres/cluster.ts';
import { hasPostgres } from '../../support/postgres/stores.ts';
import { until } from '../../support/within.ts';
import { stopwatch } from './bounds.ts';
import { ROLE, Site } from './site.ts';

const ROLES: readonly Role[] = ['writer', 'reader', 'tail', 'digests', 'lease', 'listener'];
/** Longer than the longest wait for a lock. */
const LOCKED_MS = 4_000;
/** A back-off of one second, and a node that sees its lease again. */
const AGAIN_MS = 3_000;

const test = suite<{ site: Site }>('three nodes and those who meddle');

test.before(async (context) => {
  context.site = await Site.open();
});
test.after(({ site }) => site?.close());

const ended = (site: Site, which: string) =>
  site.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'hostbeat/%' AND ${which}`,
  );

/** A switch that begins now is answered with success by each node. */
async function recovers(site: Site, what: string): Promise<void> {
  const watch = stopwatch();
  const began = performance.now();
  await until('a switch by every node', () =>
    [0, 1, 2].every((n) => site.operator.took(began, [n]).length > 0),
  );
  watch.check(`switches by every node after ${what}`, watch.elapsed(), AGAIN_MS);
}

for (const role of ROLES)
  test(`every ${role} session is ended: all nodes work again at once`, async ({ site }) => {
    const { rowCount } = await ended(site, `application_name LIKE '%/${role}'`);
    assert.ok((rowCount ?? 0) > 0, `no session of the ${role}`);
    await recovers(site, `the end of its ${role} sessions`);
    await site.led();
  });

test('sessions are ended at random for some time: nothing is lost or there twice', async ({ site }) => {
  const until = performance.now() + 6_000;
  while (performance.now() < until) {
    await ended(site, 'random() < 0.1');
    await sleep(100);
  }
  await recovers(site, 'the end of random sessions');
  await site.goesOn();
});

for (const table of ['head', 'leases', 'commits', 'log'])
  test(`another program locks ${table} for longer than anybody waits`, async ({ site }) => {
    const other = new pg.Client({ connectionString: site.cluster.url });
    await other.connect();
    try {
      await other.query(`BEGIN; LOCK TABLE hostbeat.${table} IN ACCESS EXCLUSIVE MODE`);
      await sleep(LOCKED_MS);
    } finally {
      await other.end();
    }
    await site.led();
    await recovers(site, `a lock on ${table}`);
    await site.goesOn();
  });

test('no connection is left: nodes that lose one go on when there is one again', async ({ site }) => {
  const others: pg.Client[] = [];
  try {
    for (;;) {
      const other = new pg.Client({
        host: '127.0.0.1',
        port: site.cluster.port,
        user: ROLE,
        database: 'postgres',
      });
      other.on('error', () => undefined);
      const isIn = await other.connect().then(
        () => true,
        (error: { code?: string }) => {
          assert.is(error.code, '53300');
          return false;
        },
      );
      if (!isIn) break;
      others.push(other);
    }
    await site.goesOn();
    await ended(site, `application_name LIKE '%/writer'`);
    await sleep(2_000);
  } finally {
    for (const other of others) await other.end();
  }
  await site.led();
  await recovers(site, 'there were no connections');
  await site.goesOn();
});

test('a right is taken while they run: refused in words, and taken up when it is back', async ({ site }) => {
  await site.query(`REVOKE INSERT ON hostbeat.log FROM ${ROLE}`);
  const words = 'a right on the tables of hostbeat is missing';
  await until('every node to say so', async () => {
    const said = await Promise.all(site.urls().map(async (url) => (await fetch(`${url}/readyz`)).text()));
    return said.every((text) => text.includes(words));
  });
  const { refused } = site.operator;
  await until('a refusal', () => refused.at(-1)?.status === 503);
  await site.query(`GRANT INSERT ON hostbeat.log TO ${ROLE}`);
  await recovers(site, 'a right was missing');
  await site.goesOn();
});

test('time-outs of the role do not count: sessions have their own', async ({ site }) => {
  for (const name of ['statement_timeout', 'idle_in_transaction_session_timeout', 'lock_timeout'])
    await site.query(`ALTER ROLE ${ROLE} SET ${name} = '1ms'`);
  await ended(site, 'true');
  await recovers(site, 'a role with time-outs');
  const node = await site.led();
  assert.is(await site.nodes[node]?.stop(), 0);
  await site.restart(node);
  await site.goesOn();
});

test('at the end: every frame is in the log byte for byte, nobody was called silent', async ({ site }) => {
  console.log(`   ${await site.judge()}`);
});

if (hasPostgres('three nodes and those who meddle') && postgresBinaries() !== undefined) test.run();
