/** Several nodes start at once on an empty database: one fills it, the others wait for it, and all of them serve. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openPostgres } from '../../db/postgres/open.ts';
import { createEmbeddedIdentity } from '../../server/identity/embedded/create-embedded.ts';
import { ROLE_NAMES } from '../../server/identity/roles.ts';
import { FakeClock } from '../support/clock.ts';
import { login } from '../support/http.ts';
import { type FreshSchema, freshSchema, hasPostgres } from '../support/postgres/stores.ts';
import { startServer } from '../support/process.ts';
import { TEST_RULES } from '../support/store.ts';

const test = suite<{ schema: FreshSchema }>('several nodes start at once on an empty PostgreSQL');

test.before.each((context) => {
  context.schema = freshSchema();
});
test.after.each(({ schema }) => schema.drop());

/** What there must be one of, or one each, after the first start. */
async function begunOnce({ query }: FreshSchema): Promise<void> {
  const one = async (text: string) => (await query(text)).rows[0].n;
  assert.is(await one('SELECT count(*)::int AS n FROM meta'), 1);
  assert.is(await one('SELECT count(*)::int AS n FROM head'), 1);
  assert.is(await one('SELECT count(*)::int AS n FROM roles'), ROLE_NAMES.length);
  assert.is(await one(`SELECT count(*)::int AS n FROM users WHERE name = 'admin'`), 1);
  assert.is(await one(`SELECT count(*)::int AS n FROM projects WHERE name = 'admin'`), 1);
  assert.is(await one('SELECT count(*)::int AS n FROM assignments'), 3);
}

/** As a node's start does it. @returns its epoch, and the password if it made one */
async function start(url: string) {
  const clock = new FakeClock();
  const database = await openPostgres(url, { clock, rules: TEST_RULES, asNode: {} });
  const { accounts, store } = database;
  const identity = createEmbeddedIdentity({ accounts, clock, tokenLifetime: 0 });
  const { generatedPassword } = await database.oneAtATime(() => identity.bootstrap());
  return {
    epoch: store.epoch,
    key: String(store.signingKey),
    generatedPassword,
    close: () => database.close(),
  };
}

test('three at once: one epoch, one key, one administrator, one password', async ({ schema }) => {
  for (let round = 0; round < 8; round += 1) {
    await schema.drop();
    const started = await Promise.all([1, 2, 3].map(() => start(schema.url)));
    try {
      await begunOnce(schema);
      assert.is(new Set(started.map(({ epoch }) => epoch)).size, 1);
      assert.is(new Set(started.map(({ key }) => key)).size, 1);
      assert.is(started.filter(({ generatedPassword }) => generatedPassword !== undefined).length, 1);
    } finally {
      await Promise.all(started.map(({ close }) => close()));
    }
  }
});

test('two processes at once: both serve, and the administrator logs in at both', async ({ schema }) => {
  for (let round = 0; round < 3; round += 1) {
    await schema.drop();
    const settings = { HOSTBEAT_DATABASE_URL: schema.url, HOSTBEAT_ADMIN_PASSWORD: 'pw' };
    const starting = await Promise.allSettled([startServer(settings), startServer(settings)]);
    const nodes = starting.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    try {
      assert.equal(
        starting.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : [])),
        [],
      );
      await begunOnce(schema);
      for (const { url } of nodes) assert.ok((await login(url, 'admin', 'pw', 'admin')).token);
    } finally {
      await Promise.all(nodes.map((node) => node.kill()));
    }
  }
});

if (hasPostgres('several nodes that start at once')) test.run();
