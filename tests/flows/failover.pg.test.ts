/**
 * A standby takes over without the last commits. Clients that have seen them are reset to what the new primary has; the
 * server goes on by itself.
 */
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Synced, subscribed } from '../support/clients/subscribed.ts';
import { login } from '../support/http.ts';
import { postgresBinaries, startCluster, startStandby } from '../support/postgres/cluster.ts';
import { hasPostgres } from '../support/postgres/stores.ts';
import { startServer } from '../support/process.ts';
import { until } from '../support/within.ts';

const test = suite('a standby takes over');

async function ask(port: number, text: string): Promise<pg.QueryResult> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    return await client.query(text);
  } finally {
    await client.end();
  }
}

test('commits that were seen are lost: every client is reset, and the server goes on', async () => {
  const bin = postgresBinaries() as string;
  const primary = await startCluster(bin);
  const standby = await startStandby(primary);
  const server = await startServer({
    HOSTBEAT_DATABASE_URL: `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
  });
  try {
    const admin = await login(server.url, 'admin', 'pw', 'admin');
    const report = async (host: string) => {
      const { status } = await admin.request('POST', '/v1/reports', {
        reports: [{ host, binary: 'nova-compute' }],
      });
      assert.is(status, 200);
    };
    await report('kept');
    const before = await subscribed(server.url, admin.token);
    const { rows } = await ask(primary.port, 'SELECT pg_current_wal_lsn() AS lsn');
    await until('the standby', async () => {
      const replayed = await ask(standby.port, `SELECT pg_last_wal_replay_lsn() >= '${rows[0].lsn}' AS done`);
      return replayed.rows[0].done;
    });
    await ask(standby.port, `ALTER SYSTEM SET primary_conninfo = ''`);
    await ask(standby.port, 'SELECT pg_reload_conf()');
    await until('the end of replication', async () => {
      return (await ask(standby.port, 'SELECT 1 FROM pg_stat_wal_receiver')).rowCount === 0;
    });
    await report('lost');
    const seen = await subscribed(server.url, admin.token);
    assert.is((await subscribed(server.url, admin.token, before.cursor)).how, 'resumed');

    await primary.stop('immediate');
    await ask(standby.port, 'SELECT pg_promote()');
    const answered = async () => {
      const { status, json } = await admin
        .request('GET', '/v1/services')
        .catch(() => ({ status: 0, json: undefined }));
      return status === 200 && json.services.length === 1;
    };
    await until('the server on the new primary', answered);
    for (const { cursor } of [before, seen]) {
      // The server opens its port again when its parts have started again: clients try until they are in.
      let synced: Synced | undefined;
      await until('a client that is back', async () => {
        synced = await subscribed(server.url, admin.token, cursor).catch(() => undefined);
        return synced !== undefined;
      });
      assert.equal([synced?.how, synced?.reason], ['reset', 'epoch']);
    }
    await report('after');
    const { json } = await admin.request('GET', '/v1/services');
    assert.equal(
      json.services.map(({ host }: { host: string }) => host),
      ['kept', 'after'],
    );
  } finally {
    await server.stop();
    await standby.close();
    await primary.close();
  }
});

if (hasPostgres('a standby takes over') && postgresBinaries() !== undefined) test.run();
