import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openClient } from '../../db/sqlite/file/client.ts';
import { APPLICATION_ID } from '../../db/sqlite/file/header.ts';
import { run } from '../../server/cli/index.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { notesOf } from '../../server/cli/upgrade/notes.ts';
import { login } from '../support/http.ts';
import { startServer, temporaryFolder } from '../support/process.ts';
import { testTerminal } from './output/terminal.ts';

/** What a hostbeat with the migrations up to 0010 wrote, as SQL: two hosts, two servers of acme, a host forced down. */
const PREVIOUS = join(import.meta.dirname, '../db/previous/0010.sql');
const PASSWORD = 'correct horse';

interface Files {
  path: string;
  folder: Awaited<ReturnType<typeof temporaryFolder>>;
}

const test = suite<Files>('upgrade');

test.before.each(async (context) => {
  context.folder = await temporaryFolder();
  context.path = join(context.folder.path, 'hostbeat.db');
  const client = openClient(context.path);
  client.pragma('journal_mode = WAL');
  client.pragma('foreign_keys = OFF');
  client.exec(await readFile(PREVIOUS, 'utf8'));
  client.pragma(`application_id = ${APPLICATION_ID}`);
  client.close();
});

test.after.each(({ folder }) => folder[Symbol.asyncDispose]());

async function command(path: string, ...args: string[]) {
  const terminal = testTerminal({ HOSTBEAT_DATABASE_URL: `sqlite:${path}` });
  const code = await run(args, terminal);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

const migrationsIn = (path: string) => {
  const client = openClient(path, { readonly: true });
  const count = client.prepare('SELECT count(*) FROM __drizzle_migrations').pluck().get();
  client.close();
  return count;
};

test('upgrade check names what the first start would do, and changes nothing', async ({ path }) => {
  const before = await readFile(path);
  const { code, stdout } = await command(path, 'upgrade', 'check');
  assert.is(code, EXIT.ok);
  assert.match(stdout, /^ok +settings /m);
  assert.match(stdout, /^note +database .*is intact; .*0011_watch_keys/m);
  assert.match(stdout, /^note +backup .*hostbeat backup FILE/m);
  assert.match(stdout, /^\* .*Operators: new indexes/m);
  assert.equal(await readFile(path), before);
});

test('data of the previous build is served by this one, with its users and numbers', async ({ path }) => {
  const { streams } = await previousStreams(path);
  await using server = await startServer({ HOSTBEAT_DATABASE_URL: `sqlite:${path}` });
  const alice = await login(server.url, 'alice', PASSWORD, 'acme');
  const get = async (path: string) => {
    const { status, json } = await alice.request('GET', path, undefined, {
      'OpenStack-API-Version': 'compute 2.16',
    });
    assert.is(status, 200, path);
    return json;
  };
  const { servers } = await get('/v2.1/servers/detail');
  const statuses = servers.map((shown: Record<string, string>) => [shown.name, shown.host_status]);
  assert.equal(statuses.sort(), [
    ['db', 'DOWN'],
    ['web', 'MAINTENANCE'],
  ]);
  const { items } = await get('/v1/history?server=5f1c0f5e-6a6e-4c0a-9d0c-6b8f3f1d2a01');
  assert.equal(
    items.map(({ to }: { to: string }) => to),
    ['DOWN', 'UP'],
  );
  await server.stop();
  assert.equal((await previousStreams(path)).streams, streams, 'no number of a stream is given again');
  const after = await command(path, 'upgrade', 'check');
  assert.match(after.stdout, /^ok +database .*has the form that this version needs/m);
});

test('a backup before the upgrade is of the previous form, and restores it', async ({ path, folder }) => {
  const copy = join(folder.path, 'copy.db');
  assert.is((await command(path, 'backup', copy)).code, EXIT.ok);
  assert.is(migrationsIn(copy), migrationsIn(path));
  assert.is((await command(path, 'migrate')).code, EXIT.ok);
  assert.is.not(migrationsIn(copy), migrationsIn(path));
});

test('a downgrade is refused in words that say what to do, by every command', async ({ path, folder }) => {
  const client = openClient(path);
  client.exec(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('of tomorrow', 9999999999999)`);
  client.close();
  const before = join(folder.path, 'before.db');
  await copyFile(path, before);
  for (const args of [['upgrade', 'check'], ['migrate'], ['serve', '--listen', '127.0.0.1:0']]) {
    const { code, stderr } = await command(path, ...args);
    assert.is(code, EXIT.io, args.join(' '));
    assert.match(stderr, /written by a newer hostbeat.*run that version, or restore a backup/);
  }
  assert.equal(await readFile(path), await readFile(before));
});

test('a setting that this version does not take ends the check with 78', async ({ path }) => {
  const terminal = testTerminal({
    HOSTBEAT_DATABASE_URL: `sqlite:${path}`,
    HOSTBEAT_REPORT_INTERVAL: 'often',
  });
  assert.is(await run(['upgrade', 'check'], terminal), EXIT.config);
});

test('only what the newest section marks for operators is shown, each on one line', () => {
  const log = `# Changelog\n\n**Operators** marks.\n\n## [2]\n\n### Added\n\n* One.\n* Two, **Operators:** do\n  this.\n* **Operators:** the third.\n\n### Fixed\n\n* Three.\n\n## [1]\n\n* **Operators** old.\n`;
  assert.equal(notesOf(log), ['Two, Operators: do this.', 'The third.']);
});

async function previousStreams(path: string): Promise<{ streams: unknown[] }> {
  const client = openClient(path, { readonly: true });
  const streams = client.prepare('SELECT name, head, floor FROM streams ORDER BY name').all();
  client.close();
  return { streams };
}

test.run();
