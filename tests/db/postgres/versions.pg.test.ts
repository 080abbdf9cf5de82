/** Two versions of hostbeat on one database: side by side where their tables allow it, refused in one line where not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Database } from '../../../db/open.ts';
import { openPostgres } from '../../../db/postgres/open.ts';
import { aService } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { addition, change, migratedByNewer } from '../../support/postgres/newer.ts';
import { startProxy } from '../../support/postgres/proxy.ts';
import { type FreshSchema, freshSchema, hasPostgres } from '../../support/postgres/stores.ts';
import { putService, TEST_RULES } from '../../support/store.ts';
import { until } from '../../support/within.ts';

interface Context {
  schema: FreshSchema;
  node: Database;
}

const clock = new FakeClock();
const options = { clock, rules: TEST_RULES, asNode: {} };
const test = suite<Context>('two versions on one database');

test.before.each(async (context) => {
  context.schema = freshSchema();
  context.node = await openPostgres(context.schema.url, options);
});
test.after.each(async ({ schema, node }) => {
  await node.close();
  await schema.drop();
});

const write = ({ store }: Database, host: string) =>
  putService({ store, clock, rules: TEST_RULES }, aService({ host }));

const refused = (work: Promise<unknown>) =>
  work.then(
    () => 'not refused',
    ({ reason, message }) => `${reason}: ${message}`,
  );

test('a newer version adds to the tables: an older node goes on, and another starts', async ({
  schema,
  node,
}) => {
  await write(node, 'before');
  await migratedByNewer(schema.url, addition);
  await write(node, 'after');
  const other = await openPostgres(schema.url, options);
  await write(other, 'other');
  const services = await other.store.services();
  await other.close();
  assert.equal(
    services.map(({ host }) => host),
    ['before', 'after', 'other'],
  );
});

test('a migration that older nodes would not understand waits until they stop', async (context) => {
  const { schema, node } = context;
  const second = await openPostgres(schema.url, options);
  assert.match(
    await refused(migratedByNewer(schema.url, addition, change)),
    /^locked: .*2 nodes of an older version would not understand .*\(9001_change\): stop every older node/,
  );
  await second.close();
  await node.close();
  await migratedByNewer(schema.url, addition, change);
  assert.match(
    await refused(openPostgres(schema.url, options)),
    /^newer: .*written by a newer hostbeat.*9001_change/,
  );
});

test('an older node that was cut off in the meantime records nothing more', async ({ schema, node }) => {
  await node.close();
  const target = new URL(schema.url);
  const proxy = await startProxy(Number(target.port));
  target.port = String(proxy.port);
  const cutOff = await openPostgres(target.href, options);
  try {
    proxy.shut(true);
    await until(
      'the end of its session',
      async () => (await refused(migratedByNewer(schema.url, change))) === 'not refused',
    );
    proxy.shut(false);
    await until('its word', () => /newer hostbeat has changed/.test(`${cutOff.store.trouble()}`));
    assert.match(await refused(write(cutOff, 'late')), /cannot do this now/);
  } finally {
    await cutOff.close();
    await proxy.close();
  }
});

test('a lock of others on the tables is named, and nothing is migrated', async ({ schema }) => {
  const locking = schema.query('BEGIN; LOCK TABLE services IN ACCESS SHARE MODE; SELECT pg_sleep(5); COMMIT');
  await until('the lock', async () => {
    const held = await schema.query(
      `SELECT FROM pg_locks WHERE relation = to_regclass('services') AND mode = 'AccessShareLock' AND pid <> pg_backend_pid()`,
    );
    return held.rowCount === 1;
  });
  assert.match(
    await refused(migratedByNewer(schema.url, addition)),
    /^unreachable: .*another session has a lock on its tables.*end its transaction/,
  );
  await locking;
});

if (hasPostgres('two versions on one database')) test.run();
