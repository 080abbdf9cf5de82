/** A synchronous standby is away: a commit waits and is never cancelled, that is said in words, and ends when it is back. */
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openPostgres } from '../../../db/postgres/open.ts';
import type { Committed } from '../../../server/ports/committed.ts';
import { aService } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { postgresBinaries, startCluster, startStandby } from '../../support/postgres/cluster.ts';
import { hasPostgres } from '../../support/postgres/stores.ts';
import { putService, TEST_RULES } from '../../support/store.ts';
import { until } from '../../support/within.ts';

const test = suite('a synchronous standby that is away');

async function set(port: number, names: string): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  await client.connect();
  await client.query(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
  await client.query('SELECT pg_reload_conf()');
  await client.end();
}

test('a commit waits for it and is announced once, when it is back', async () => {
  const primary = await startCluster(postgresBinaries() as string);
  const standby = await startStandby(primary);
  const clock = new FakeClock();
  const database = await openPostgres(primary.url, { clock, rules: TEST_RULES });
  const { store } = database;
  const announced: Committed[] = [];
  store.onCommit((committed) => announced.push(committed));
  const put = (host: string) => putService({ store, clock, rules: TEST_RULES }, aService({ host }));
  try {
    await set(primary.port, '*');
    await put('confirmed');
    await standby.stop('immediate');
    let how = 'waits';
    const waiting = put('waits').then(
      () => {
        how = 'kept';
      },
      (error: Error) => {
        how = error.message;
      },
    );
    await until('the reason', () => /a synchronous standby may be away/.test(store.trouble() ?? ''));
    assert.equal([how, announced.length], ['waits', 1], 'nobody learns of what the standby does not have');
    assert.is((await store.services()).length, 1, 'and others can read meanwhile');
    await standby.start();
    await waiting;
    assert.is(how, 'kept');
    await until('the end of the trouble', () => store.trouble() === undefined);
    assert.equal(
      announced.flatMap(({ rows }) => rows.map(({ seq }) => seq)),
      [1, 2],
    );
  } finally {
    // A commit that waits would be waited for.
    await set(primary.port, '');
    await database.close();
    await standby.close();
    await primary.close();
  }
});

if (hasPostgres('a synchronous standby') && postgresBinaries() !== undefined) test.run();
