/** Real servers that are not to be used: behind PgBouncer, a standby alone, one that may only be read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { freePort } from '../support/free-port.ts';
import { type Cluster, postgresBinaries, startCluster, startStandby } from '../support/postgres/cluster.ts';
import { hasPostgres } from '../support/postgres/stores.ts';
import { runHostbeat } from '../support/process.ts';
import { until } from '../support/within.ts';

const BOUNCER = '/usr/sbin/pgbouncer';

const test = suite<{ cluster: Cluster }>('real servers that are refused');

test.before(async (context) => {
  context.cluster = await startCluster(postgresBinaries() as string);
});
test.after(({ cluster }) => cluster.close());

/** What a server's start says: one line, before anything is opened or written. */
async function refused(url: string, exit: number, words: RegExp, cluster: Cluster): Promise<void> {
  const { code, stderr } = await runHostbeat(['serve'], {
    HOSTBEAT_DATABASE_URL: url,
    HOSTBEAT_LISTEN: '127.0.0.1:0',
  });
  assert.is(code, exit, stderr);
  const lines = stderr.split('\n').filter((line) => line.startsWith('hostbeat:'));
  assert.is(lines.length, 1, stderr);
  assert.match(lines[0] as string, words);
  assert.equal(await schemas(cluster), []);
}

/** Of hostbeat's, in this server. */
async function schemas({ port }: Cluster): Promise<unknown[]> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    return (await client.query(`SELECT nspname FROM pg_namespace WHERE nspname = 'hostbeat'`)).rows;
  } finally {
    await client.end();
  }
}

function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

/** PgBouncer before the cluster. @returns how it is ended */
async function pooled(cluster: Cluster, port: number, mode: string): Promise<() => Promise<void>> {
  const { owner } = cluster;
  const folder = mkdtempSync(join(tmpdir(), 'hostbeat-pool-'));
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(
    file,
    `[databases]
postgres = user=postgres host=127.0.0.1 port=${cluster.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = 4
`,
  );
  if (owner.uid !== undefined && owner.gid !== undefined)
    for (const path of [folder, file]) chownSync(path, owner.uid, owner.gid);
  const process = spawn(BOUNCER, [file], { ...owner, cwd: folder, stdio: 'ignore' });
  await until('PgBouncer', () => answers(port));
  return async () => {
    process.kill('SIGINT');
    await once(process, 'exit');
    rmSync(folder, { recursive: true });
  };
}

for (const mode of ['transaction', 'statement']) {
  test(`PgBouncer that pools by ${mode}`, async ({ cluster }) => {
    if (!existsSync(BOUNCER))
      return console.log('skipped: there is no PgBouncer here (apt-get install pgbouncer)');
    const port = await freePort();
    const end = await pooled(cluster, port, mode);
    try {
      const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
      await refused(url, EXIT.config, /pooler.*give the direct address/, cluster);
    } finally {
      await end();
    }
  });
}

test('a standby alone', async ({ cluster }) => {
  const standby = await startStandby(cluster);
  try {
    await refused(
      standby.url,
      EXIT.unavailable,
      /is a standby, which is read-only: name the primary/,
      cluster,
    );
  } finally {
    await standby.close();
  }
});

test('a primary that may only be read', async ({ cluster }) => {
  const only = await startCluster(cluster.bin, { default_transaction_read_only: 'on' });
  try {
    await refused(only.url, EXIT.unavailable, /is read-only.*default_transaction_read_only/, only);
  } finally {
    await only.close();
  }
});

if (hasPostgres('real servers that are refused') && postgresBinaries() !== undefined) test.run();
