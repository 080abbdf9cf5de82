/** A PostgreSQL over TLS whose certificate comes from a new authority, and whose password changes: no restart of hostbeat. */
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makeCertificate, type Pair } from '../support/certificate.ts';
import { login } from '../support/http.ts';
import { type Cluster, postgresBinaries, startCluster, WITH_PASSWORD } from '../support/postgres/cluster.ts';
import { hasPostgres } from '../support/postgres/stores.ts';
import { startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

const test = suite<{ cluster: Cluster }>('access to PostgreSQL that is renewed');

const pairs = ['first', 'second'].map(() => makeCertificate());
const [first, second] = pairs as [Pair, Pair];

/** Readable by the server alone, which it insists on. */
function put({ folder, owner }: Cluster, { cert, key }: Pair): void {
  for (const [name, text] of [
    ['cert.pem', cert],
    ['key.pem', key],
  ] as const) {
    const path = join(folder, name);
    rmSync(path, { force: true });
    writeFileSync(path, text, { mode: 0o600 });
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(path, owner.uid, owner.gid);
  }
}

async function asAdministrator({ port }: Cluster, ...texts: readonly string[]): Promise<void> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
  await client.connect();
  try {
    for (const text of texts) await client.query(text);
  } finally {
    await client.end();
  }
}

test.before(async (context) => {
  context.cluster = await startCluster(postgresBinaries() as string);
  const { cluster } = context;
  put(cluster, first);
  const set = (name: string, value: string) => `ALTER SYSTEM SET ${name} = '${value}'`;
  await asAdministrator(
    cluster,
    `CREATE ROLE ${WITH_PASSWORD} LOGIN PASSWORD 'first-sesame'`,
    `CREATE DATABASE renewed OWNER ${WITH_PASSWORD}`,
    set('ssl_cert_file', join(cluster.folder, 'cert.pem')),
    set('ssl_key_file', join(cluster.folder, 'key.pem')),
    set('ssl', 'on'),
    'SELECT pg_reload_conf()',
  );
});
test.after(({ cluster }) => cluster.close());

test('a renewed authority and a renewed password are taken up at the next connection', async ({
  cluster,
}) => {
  await using folder = await temporaryFolder();
  const [authority, password] = [`${folder.path}/authority.pem`, `${folder.path}/password`];
  const renew = async (path: string, text: string) => {
    await writeFile(`${path}.next`, text);
    await rename(`${path}.next`, path);
  };
  await renew(authority, first.cert);
  await renew(password, 'first-sesame\n');
  await using server = await startServer({
    HOSTBEAT_DATABASE_URL: `postgres://${WITH_PASSWORD}@localhost:${cluster.port}/renewed?sslmode=verify-full&sslrootcert=${authority}&passwordfile=${password}`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_LOG_LEVEL: 'info',
  });
  const admin = await login(server.url, 'admin', 'pw', 'admin');
  // A host that is new has to be committed.
  const commits = async () => {
    const report = { host: `c${performance.now()}` };
    return (await admin.request('POST', '/v1/reports', { reports: [report] })).json.accepted === 1;
  };
  assert.ok(await commits());

  await asAdministrator(cluster, `ALTER ROLE ${WITH_PASSWORD} PASSWORD 'second-sesame'`);
  put(cluster, second);
  await renew(authority, first.cert + second.cert);
  await renew(password, 'second-sesame\n');
  await cluster.stop();
  await cluster.start();
  await until('a commit on new connections', commits);
  assert.not.match(server.log(), 'sesame');
});

if (hasPostgres('access that is renewed') && postgresBinaries() !== undefined && !pairs.includes(undefined))
  test.run();
