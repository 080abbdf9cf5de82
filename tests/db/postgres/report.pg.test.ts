/** What a role without any right reads of its PostgreSQL, and settings of the server that hostbeat does not follow. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { postgresAddress } from '../../../db/postgres/connection/address.ts';
import { letGo } from '../../../db/postgres/connection/driver.ts';
import { connectPrimary } from '../../../db/postgres/connection/session.ts';
import { openPostgres } from '../../../db/postgres/open.ts';
import { FakeClock } from '../../support/clock.ts';
import { type FreshSchema, freshSchema, hasPostgres } from '../../support/postgres/stores.ts';
import { TEST_RULES } from '../../support/store.ts';

interface Context {
  schema: FreshSchema;
  role: string;
  url: string;
}

const test = suite<Context>('the report on PostgreSQL');

test.before.each(async (context) => {
  context.schema = freshSchema();
  const url = new URL(context.schema.url);
  context.role = `${url.searchParams.get('schema')}`;
  await context.schema.query(`CREATE ROLE "${context.role}" LOGIN`);
  await context.schema.query(`CREATE SCHEMA "${context.role}" AUTHORIZATION "${context.role}"`);
  url.username = context.role;
  context.url = url.href;
});
test.after.each(async ({ schema, role }) => {
  await schema.drop();
  await schema.query(`DROP ROLE "${role}"`);
});

const open = ({ url }: Context) =>
  openPostgres(url, { clock: new FakeClock(), rules: TEST_RULES, asNode: {} });

test('it needs no right, and finds what the server of the tests has', async (context) => {
  const database = await open(context);
  const report = await database.node?.report();
  await database.close();
  assert.match(report?.version ?? '', /^PostgreSQL \d+/);
  const words = report?.remarks.map((remark) => `${remark.verdict}: ${remark.words}`).join('\n') ?? '';
  const { rows } = await context.schema.query('SHOW fsync');
  if (rows[0].fsync === 'off') assert.match(words, /^wrong: fsync is off/);
  assert.match(words, /note: no standby follows it/);
  assert.match(words, /note: its clock is \d+ s ahead of/);
  assert.not.match(words, 'superuser');
});

test('settings of the role or the server do not end or slow a session', async (context) => {
  const { schema, role } = context;
  for (const setting of [
    `idle_session_timeout = '1s'`,
    `idle_in_transaction_session_timeout = '1ms'`,
    `statement_timeout = '1ms'`,
    `lock_timeout = '1ms'`,
    `synchronous_commit = 'off'`,
    `default_transaction_isolation = 'serializable'`,
    'default_transaction_deferrable = on',
  ])
    await schema.query(`ALTER ROLE "${role}" SET ${setting}`);
  for (const kind of ['writer', 'reader'] as const) {
    const { client } = await connectPrimary(postgresAddress(context.url), kind);
    const shown = async (name: string) => (await client.query(`SHOW ${name}`)).rows[0][name];
    assert.equal(
      [
        await shown('idle_session_timeout'),
        await shown('lock_timeout'),
        await shown('synchronous_commit'),
        await shown('default_transaction_isolation'),
        await shown('default_transaction_deferrable'),
        await shown('statement_timeout'),
      ],
      ['0', '3s', 'on', 'read committed', 'off', kind === 'writer' ? '0' : '30s'],
    );
    letGo(client);
  }
});

if (hasPostgres('the report on PostgreSQL')) test.run();
