/** From a file to PostgreSQL: all of it, so that clients go on where they were; or nothing of it, and the reason. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openPostgres } from '../../db/postgres/open.ts';
import { openClient } from '../../db/sqlite/file/client.ts';
import { openSource } from '../../db/sqlite/file/source.ts';
import { LEFT_OUT, TRANSFERS } from '../../db/transfer/tables.ts';
import { subscribed } from '../support/clients/subscribed.ts';
import { FakeClock } from '../support/clock.ts';
import { login, type Session } from '../support/http.ts';
import { type FreshSchema, freshSchema, hasPostgres } from '../support/postgres/stores.ts';
import { hostbeatEntry, runCommand, runHostbeat, startServer, temporaryFolder } from '../support/process.ts';
import { TEST_RULES } from '../support/store.ts';

const test = suite<{ schema: FreshSchema }>('hostbeat migrate --from sqlite --to postgres');

test.before.each((context) => {
  context.schema = freshSchema();
});
test.after.each(({ schema }) => schema.drop());

const SERVER = '7f3c1b7e-93a5-4f6f-8d1c-2a5f0c6d9e10';

/** What a client sees: equal before and after. */
async function seenBy(by: Session) {
  const paths = [
    '/v1/services',
    `/v1/history?server=${SERVER}`,
    '/v1/webhooks',
    '/v1/watch-keys',
    '/v1/agent-tokens',
    '/identity/v3/users',
    '/identity/v3/projects',
    '/identity/v3/role_assignments',
    '/v2.1/servers/detail?all_tenants=1',
    `/v2.1/servers/${SERVER}/os-instance-actions`,
    '/v2.1/flavors/detail',
  ];
  const seen: Record<string, unknown> = {};
  for (const path of paths) {
    const { status, json } = await by.request('GET', path);
    assert.is(status, 200, `${path}: ${JSON.stringify(json)}`);
    const text = JSON.stringify(json).replace(/127\.0\.0\.1:\d+/g, 'here');
    // A receiver that does not answer is tried again meanwhile.
    seen[path] = JSON.parse(text.replace(/"(attempts|next_attempt_at)":[^,]+,/g, ''));
  }
  return seen;
}

/** Fills a file through a server, with something of every kind. */
async function used(file: string) {
  const server = await startServer({
    HOSTBEAT_DATABASE_URL: file,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8',
  });
  try {
    const admin = await login(server.url, 'admin', 'pw', 'admin');
    const ok = async (method: string, path: string, body: unknown) => {
      const { status, json } = await admin.request(method, path, body);
      assert.ok(status < 300, `${method} ${path}: ${status} ${JSON.stringify(json)}`);
      return json;
    };
    const before = await subscribed(server.url, admin.token);
    await ok('POST', '/v1/cursor-keys', {});
    await ok('POST', '/v1/reports', { reports: [{ host: 'c1', binary: 'nova-compute' }] });
    const checked = await admin.request('GET', '/identity/v3/auth/tokens', undefined, {
      'x-subject-token': admin.token,
    });
    const project = checked.json.token.project.id;
    await ok('PUT', `/v1/instances/${SERVER}`, {
      name: 'ümläut "s1"',
      project_id: project,
      user_id: 'u',
      host: 'c1',
    });
    const [service] = (await admin.request('GET', '/v1/services')).json.services;
    for (const down of [true, false, true])
      await ok('PUT', `/v1/services/${service.uuid}`, { forced_down: down });
    await ok('POST', '/v1/watch-keys', { name: 'k' });
    const agent = await ok('POST', '/v1/agent-tokens', { label: 'a', hosts: ['c1'] });
    await ok('POST', `/v2.1/servers/${SERVER}/action`, { lock: null });
    await ok('POST', '/v1/webhooks', { url: 'http://127.0.0.1:4999/', name: 'w' });
    // Its history is written a moment behind the log.
    let seen = await seenBy(admin);
    for (let last = ''; last !== JSON.stringify(seen); seen = await seenBy(admin))
      last = JSON.stringify(seen);
    const after = await subscribed(server.url, admin.token);
    return { token: admin.token, agent: agent.token as string, seen, before, after, project };
  } finally {
    await server.stop();
  }
}

/** The commands of the page, with a file and a database of ours. */
function pagesCommands(file: string, url: string): string {
  const page = readFileSync('docs/postgres.md', 'utf8');
  const section = page.slice(page.indexOf('## Moving from SQLite'));
  const [, commands = ''] = /^```\n(.*?)^```$/ms.exec(section) ?? [];
  assert.match(commands, 'hostbeat migrate --from');
  return commands
    .replace(/^(systemctl .*)$/gm, ': $1')
    .replace(/postgres:\/\/\S+/g, `'${url}'`)
    .replaceAll('sqlite:/var/lib/hostbeat/hostbeat.db', file);
}

test('as the page says: clients, cursors, tokens and numbers go on', async ({ schema }) => {
  await using folder = await temporaryFolder();
  const file = `sqlite:${folder.path}/a.db`;
  const { token, agent, seen, before, after } = await used(file);
  const script = `set -e\nhostbeat() { '${process.execPath}' '${hostbeatEntry}' "$@"; }\n${pagesCommands(file, schema.url)}`;
  const { code, stdout, stderr } = await runCommand('bash', ['-c', script]);
  assert.is(code, 0, stderr);
  assert.match(stdout, /^log +\d+$/m);
  assert.match(stdout, /^webhooks +1$/m);
  assert.match(stdout, 'All of it was compared');

  const server = await startServer({
    HOSTBEAT_DATABASE_URL: schema.url,
    HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8',
  });
  try {
    const admin = await login(server.url, 'admin', 'pw', 'admin');
    const former: Session = { ...admin, token };
    assert.equal(await seenBy(former), seen);
    for (const { cursor } of [before, after]) {
      const resumed = await subscribed(server.url, token, cursor);
      assert.equal([resumed.how, resumed.seq], ['resumed', after.seq]);
    }
    const reported = await fetch(`${server.url}/v1/reports`, {
      method: 'POST',
      headers: { 'x-auth-token': agent, 'content-type': 'application/json' },
      body: JSON.stringify({ reports: [{ host: 'c1', binary: 'nova-compute' }] }),
    });
    assert.is(reported.status, 200);
    await admin.request('POST', '/v1/reports', { reports: [{ host: 'c2', binary: 'nova-compute' }] });
    const now = await subscribed(server.url, token, after.cursor);
    assert.is(now.how, 'resumed');
    assert.ok(now.seq > after.seq);
    const { json } = await admin.request('GET', '/v1/services');
    const ids = json.services.map(({ id }: { id: number }) => id);
    assert.is(new Set(ids).size, 2, 'a number is not given twice');
    const { json: entries } = await admin.request('GET', '/v1/audit?action=database.migrate');
    assert.is(entries.entries.length, 1, JSON.stringify(entries));
  } finally {
    await server.stop();
  }
});

const command = (from: string, to: string, ...more: string[]) =>
  runHostbeat(['migrate', '--from', from, '--to', to, ...more]);

async function begun(file: string): Promise<void> {
  const { code, stderr } = await runHostbeat(['migrate', '--database-url', file], {
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
  });
  assert.is(code, 0, stderr);
}

/** Says it in one line, ends with `exit`, and leaves nothing behind. */
async function refused(
  schema: FreshSchema,
  exit: number,
  words: RegExp,
  running: ReturnType<typeof command>,
): Promise<void> {
  const { code, stdout, stderr } = await running;
  assert.is(code, exit, stderr);
  assert.match(stderr, words);
  assert.is(stdout, '');
  const lines = stderr
    .split('\n')
    .filter((line) => line.startsWith('hostbeat:') && !line.includes(': from '));
  assert.is(lines.length, 1, stderr);
  const { rows } = await schema.query(`SELECT to_regclass('users') IS NOT NULL AS there`);
  if (rows[0].there) assert.is((await schema.query('SELECT 1 FROM users')).rowCount, 0);
}

test('a database that cannot be copied is refused in one line; the target stays empty', async ({
  schema,
}) => {
  await using folder = await temporaryFolder();
  const file = `sqlite:${folder.path}/a.db`;
  const to = schema.url;
  await refused(schema, 69, /a\.db does not exist/, command(file, to));
  await begun(file);
  await refused(schema, 78, /--to must name PostgreSQL/, command(file, file));
  await refused(schema, 78, /--from names PostgreSQL/, command(to, to));
  await refused(schema, 2, /give one of them/, command(file, to, '--database-url', to));
  await refused(schema, 2, /--to goes with --from/, runHostbeat(['migrate', '--to', to]));
  const server = await startServer({ HOSTBEAT_DATABASE_URL: file });
  await refused(schema, 75, /a\.db is in use by another hostbeat/, command(file, to));
  await server.stop();
  const client = openClient(`${folder.path}/a.db`);
  client.exec(`UPDATE users SET description = char(0)`);
  await refused(schema, 74, /the table users has a row that PostgreSQL does not take/, command(file, to));
  client.exec(`UPDATE users SET description = NULL`);
  client.exec(`DELETE FROM __drizzle_migrations WHERE rowid = (SELECT max(rowid) FROM __drizzle_migrations)`);
  await refused(
    schema,
    78,
    /of an older version and lacks .*hostbeat migrate --database-url/,
    command(file, to),
  );
  client.exec(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 1)`);
  await refused(schema, 74, /written by a newer hostbeat/, command(file, to));
  client.close();
});

test('a target that is in use or has anything in it stays as it is', async ({ schema }) => {
  await using folder = await temporaryFolder();
  const file = `sqlite:${folder.path}/a.db`;
  await begun(file);
  const database = await openPostgres(schema.url, { clock: new FakeClock(), rules: TEST_RULES, asNode: {} });
  await refused(schema, 75, /in use by another hostbeat/, command(file, schema.url));
  await database.close();
  await refused(schema, 74, /is not empty \(\w+\).*DROP SCHEMA/, command(file, schema.url));
});

test('a copy that is killed leaves nothing, and the next one does all of it', async ({ schema }) => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/a.db`;
  await begun(`sqlite:${path}`);
  const client = openClient(path);
  client.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
    INSERT INTO audit (at, actor, action, subject, changes) SELECT i, 'a', 'x', 's', '{}' FROM n`);
  client.close();
  const first = command(`sqlite:${path}`, schema.url);
  const session = `SELECT pid FROM pg_stat_activity WHERE query LIKE 'INSERT INTO "audit"%' AND datname = current_database()`;
  const sessions = async () => (await schema.query(session)).rows.map(({ pid }) => pid as number);
  let found: number[] = [];
  while (found.length === 0) found = await sessions();
  await schema.query(`SELECT pg_terminate_backend(${found[0]})`);
  await refused(schema, 69, /was lost while it was filled .*run it again/, first);
  const { code, stdout, stderr } = await command(`sqlite:${path}`, schema.url);
  assert.is(code, 0, stderr);
  assert.match(stdout, /^audit +50000$/m);
});

test('every table and column of the file has its place', async () => {
  await using folder = await temporaryFolder();
  await begun(`sqlite:${folder.path}/a.db`);
  const source = openSource(`${folder.path}/a.db`);
  for (const name of source.tables().filter((each) => !LEFT_OUT.includes(each))) {
    const fields = TRANSFERS.find((each) => each.name === name)?.fields.map(({ column }) => column);
    assert.equal([...(fields ?? [])].sort(), [...source.columns(name)].sort(), name);
  }
  source.close();
});

if (hasPostgres('from SQLite to PostgreSQL')) test.run();
