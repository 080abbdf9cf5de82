/** The wire to PostgreSQL breaks: no answer is untrue, and all goes on by itself. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Database } from '../../../db/open.ts';
import { openPostgres } from '../../../db/postgres/open.ts';
import type { DomainError } from '../../../server/domain/errors.ts';
import type { Committed } from '../../../server/ports/committed.ts';
import { aService } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { type PostgresProxy, startProxy } from '../../support/postgres/proxy.ts';
import { type FreshSchema, freshSchema, hasPostgres } from '../../support/postgres/stores.ts';
import { putService, TEST_RULES } from '../../support/store.ts';
import { until, within } from '../../support/within.ts';

interface Context {
  schema: FreshSchema;
  proxy: PostgresProxy;
  database: Database;
  announced: Committed[];
}

const clock = new FakeClock();
const test = suite<Context>('a wire to PostgreSQL that breaks');

test.before.each(async (context) => {
  context.schema = freshSchema();
  const target = new URL(context.schema.url);
  context.proxy = await startProxy(Number(target.port));
  target.port = String(context.proxy.port);
  context.database = await openPostgres(target.href, { clock, rules: TEST_RULES });
  context.announced = [];
  context.database.store.onCommit((committed) => context.announced.push(committed));
});
test.after.each(async ({ database, proxy, schema }) => {
  await database.close();
  await proxy.close();
  await schema.drop();
});

const put = ({ database }: Context, host: string) =>
  putService({ store: database.store, clock, rules: TEST_RULES }, aService({ host }));

const outcome = (writing: Promise<unknown>) =>
  writing.then(
    () => 'kept',
    ({ code }: DomainError) => code,
  );

const recovers = ({ database }: Context) =>
  until('the end of the trouble', () => database.store.trouble() === undefined);

test('the answer to a commit is lost: it is kept, announced once, and answered as kept', async (context) => {
  const { proxy, database, announced } = context;
  for (let round = 0; round < 20; round += 1) {
    proxy.swallowNextCommit();
    assert.is(await outcome(put(context, `c${round}`)), 'kept');
  }
  const services = await database.store.services();
  assert.equal(
    services.map(({ host }) => host),
    Array.from({ length: 20 }, (_, n) => `c${n}`),
  );
  assert.equal(
    announced.flatMap(({ rows }) => rows.map(({ seq }) => seq)),
    Array.from({ length: 20 }, (_, n) => n + 1),
  );
});

test('a connection that is lost while it is lent ends no process', async (context) => {
  const { proxy, database } = context;
  for (let round = 0; round < 5; round += 1) {
    proxy.swallowNextCommit();
    const project = { id: `p${round}`, name: `p${round}`, description: '', enabled: true };
    await outcome(database.accounts.putProject(project));
    await until('the project', async () => (await database.accounts.project(project.id)) !== undefined);
  }
});

test('while it is away writes are refused in words, and afterwards taken again', async (context) => {
  const { proxy, database, announced } = context;
  await put(context, 'c1');
  proxy.shut(true);
  await until('the trouble', () => database.store.trouble() !== undefined);
  assert.is(await outcome(put(context, 'c2')), 'unavailable');
  assert.match(`${database.store.trouble()}`, /cannot be reached/);
  proxy.shut(false);
  await recovers(context);
  assert.is(await outcome(put(context, 'c3')), 'kept');
  assert.equal(
    (await database.store.services()).map(({ host }) => host),
    ['c1', 'c3'],
  );
  assert.is(announced.length, 2);
});

test('times of reports that cannot be written are refused, and end no process', async (context) => {
  const { proxy, database } = context;
  await put(context, 'c1');
  const [service] = await database.store.services();
  proxy.shut(true);
  await until('the trouble', () => database.store.trouble() !== undefined);
  const batch = [{ id: service?.id ?? 0, at: clock.now() }];
  assert.is(await outcome(database.store.writeLastSeen(batch)), 'unavailable');
});

test('a network that drops everything: callers that wait are refused, then all goes on', async (context) => {
  const { proxy, database } = context;
  await put(context, 'c1');
  await database.store.services();
  proxy.blackHole(true);
  const reads = [database.store.services(), database.store.bounds('hosts')].map(outcome);
  assert.is(await outcome(put(context, 'c2')), 'unavailable');
  assert.equal(await within('their refusal', Promise.all(reads), 5_000), ['unavailable', 'unavailable']);
  proxy.blackHole(false);
  await recovers(context);
  assert.is(await outcome(put(context, 'c3')), 'kept');
});

test('sessions end at random: confirmed writes are there, refused ones are not', async (context) => {
  const { schema, database, announced } = context;
  const sessions = `hostbeat/${new URL(schema.url).searchParams.get('schema')}/%`;
  let writing = true;
  const kill = async () => {
    while (writing) {
      await schema.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '${sessions}' AND random() < 0.3`,
      );
    }
  };
  const killing = kill();
  const outcomes = new Map<string, string>();
  try {
    for (let n = 0; n < 150; n += 1) {
      const host = `c${n}`;
      outcomes.set(host, await outcome(put(context, host)));
      if (outcomes.get(host) !== 'kept') await recovers(context);
    }
  } finally {
    writing = false;
    await killing;
  }
  await recovers(context);
  const kept = [...outcomes].filter(([, how]) => how === 'kept').map(([host]) => host);
  const there = (await database.store.services()).map(({ host }) => host);
  assert.ok(kept.length > 0);
  assert.equal(there, kept);
  assert.equal(
    announced.flatMap(({ rows }) => rows.map(({ seq }) => seq)),
    kept.map((_, n) => n + 1),
  );
});

if (hasPostgres('a wire that breaks')) test.run();
