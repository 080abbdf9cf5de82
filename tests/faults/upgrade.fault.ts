/** A server is upgraded under a client and an agent of an older release, on the database that it wrote. */
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { freePort } from '../support/free-port.ts';
import { login } from '../support/http.ts';
import { hostbeat, runHostbeat, startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';
import { say } from './support/form.ts';
import { clientEnv, olderRelease } from './support/older.ts';
import { DOWN_TIME, INTERVAL, V2_53 } from './support/site.ts';

const test = suite('upgrade');

/** Old programs are to be ended with the test, however it ends. */
function kept(child: ChildProcess): ChildProcess & Disposable {
  return Object.assign(child, { [Symbol.dispose]: () => void child.kill('SIGKILL') });
}

const servers = { c0: randomUUID(), c1: randomUUID() };
const services = { c0: randomUUID(), c1: randomUUID() };
const SEED = {
  projects: [{ id: 'p0', name: 'p0' }],
  users: [
    { name: 'owner', password: 'pw', roles: [{ project: 'p0', role: 'member' }] },
    { name: 'agent', password: 'pw', roles: [{ project: 'p0', role: 'service' }] },
  ],
  services: Object.entries(services).map(([host, uuid]) => ({ uuid, host, binary: 'nova-compute' })),
  instances: Object.entries(servers).map(([host, id]) => ({ id, name: host, project_id: 'p0', host })),
};

test('an older client and agent live through it, and the older server refuses the file', async () => {
  using older = await olderRelease();
  if (older === undefined) return say('skipped: the history of the repository is not at hand');
  const { entry } = older;
  await using folder = await temporaryFolder();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/site.db`,
    HOSTBEAT_LISTEN: `127.0.0.1:${port}`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_REPORT_INTERVAL: `${INTERVAL / 1_000}`,
    HOSTBEAT_SERVICE_DOWN_TIME: `${DOWN_TIME / 1_000}`,
    HOSTBEAT_LOG_LEVEL: 'silent',
  };
  await writeFile(`${folder.path}/seed.json`, JSON.stringify(SEED));
  const seeded = await runHostbeat(['seed', `${folder.path}/seed.json`, '--offline'], env, entry);
  assert.is(seeded.code, 0, seeded.stderr);

  await using before = await startServer(env, undefined, entry);
  const began = (args: string[], user: string) =>
    kept(hostbeat(args, clientEnv(url, user, 'p0'), 'ignore', undefined, entry));
  using agent = began(['agent', '--host', 'c0', '--host', 'c1'], 'agent');
  using client = began(['watch', '--json'], 'owner');
  const seen: string[] = [];
  if (client.stdout !== null) createInterface({ input: client.stdout }).on('line', (line) => seen.push(line));
  const saw = (host: keyof typeof servers, to: string) =>
    until(`the older client to see ${host} ${to}`, () =>
      seen.some((line) => line.includes(servers[host]) && line.includes(`"to":"${to}"`)),
    );
  const forceDown = async (forced_down: boolean) => {
    const admin = await login(url, 'admin', 'pw', 'admin');
    const { status } = await admin.request('PUT', `/v2.1/os-services/${services.c1}`, { forced_down }, V2_53);
    assert.is(status, 200);
  };
  await until('the older client to be in step', () => seen.length > 0);
  await forceDown(true);
  await saw('c1', 'DOWN');

  assert.is(await before.stop(), 0);
  await using after = await startServer(env);
  await forceDown(false);
  await saw('c1', 'UP');
  await new Promise((resolve) => setTimeout(resolve, DOWN_TIME + INTERVAL));
  assert.not.ok(
    seen.some((line) => line.includes('"to":"UNKNOWN"')),
    `a host whose agent lives was called silent:\n${seen.join('\n')}`,
  );
  agent.kill('SIGKILL');
  await saw('c0', 'UNKNOWN');
  say(`an older client saw ${seen.length} lines, across the upgrade`);

  assert.is(await after.stop(), 0);
  const refused = await runHostbeat(['serve'], env, entry);
  assert.is.not(refused.code, 0);
  assert.match(refused.stderr, /written by a newer hostbeat/);
});

test.run();
