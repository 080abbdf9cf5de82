/** What the suites of commands against a real server share: a small cloud, and who acts in it. */
import { writeFile } from 'node:fs/promises';
import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../../../server/cli/index.ts';
import { login } from '../../support/http.ts';
import { runHostbeat, type ServerProcess, startServer, temporaryFolder } from '../../support/process.ts';
import { testTerminal } from '../output/terminal.ts';

export const DEMO = 'a0000000000000000000000000000002';
export const WORLD = {
  projects: [
    { id: 'a0000000000000000000000000000001', name: 'admin' },
    { id: DEMO, name: 'demo' },
  ],
  users: [
    { name: 'admin', password: 'adminpw', roles: [{ project: 'admin', role: 'admin' }] },
    { name: 'alice', password: 'alicepw', roles: [{ project: 'demo', role: 'member' }] },
  ],
  services: [
    { host: 'c1', binary: 'nova-compute', live: true },
    { host: 'c2', binary: 'nova-compute', live: false },
  ],
  instances: [
    { id: '11111111-1111-4111-8111-111111111111', name: 'vm-1', project_id: DEMO, host: 'c1' },
    { id: '22222222-2222-4222-8222-222222222222', name: 'vm-2', project_id: DEMO, host: 'c2' },
  ],
};

/** The server of a suite that is running: suites run one after the other. */
export let server: ServerProcess;
export let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** The setting that names its database. */
export let database: { readonly HOSTBEAT_DATABASE_URL: string };

async function start(): Promise<void> {
  folder = await temporaryFolder();
  database = { HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/cloud.db` };
  tokens.clear();
  const file = `${folder.path}/world.json`;
  await writeFile(file, JSON.stringify(WORLD));
  const seeded = await runHostbeat(['seed', file, '--offline'], { ...database, HOSTBEAT_URL: '' });
  assert.is(seeded.code, 0, seeded.stderr);
  assert.match(seeded.stdout, '2 projects, 2 users; services: 2 added');
  server = await startServer({
    ...database,
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
    HOSTBEAT_REPORT_INTERVAL: '600',
  });
}

/** A suite with its own server, which holds a small cloud. */
export function cloudSuite(name: string): Test {
  const test = suite(name);
  test.before(start);
  test.after(async () => {
    await server?.stop();
    await folder?.[Symbol.asyncDispose]();
  });
  return test;
}

/** Tokens by user: a login is made expensive on purpose. */
const tokens = new Map<string, string>();

/** Runs as a user, with the variables that openstackclient reads and no other. */
export async function as(user: string, project: string, ...args: string[]) {
  const token = tokens.get(user) ?? (await login(server.url, user, `${user}pw`, project)).token;
  tokens.set(user, token);
  const terminal = testTerminal({ OS_AUTH_URL: `${server.url}/identity/v3`, OS_TOKEN: token });
  const code = await run(args, terminal);
  assert.match(terminal.stdout, /^$|\n$/, `${args.join(' ')} ends its last line`);
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

export const asAdmin = (...args: string[]) => as('admin', 'admin', ...args);
export const asAlice = (...args: string[]) => as('alice', 'demo', ...args);
