/** Another program locks the database of a running server, as a backup tool or an open shell does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { login } from '../../support/http.ts';
import { runHostbeat, startServer, temporaryFolder } from '../../support/process.ts';
import { until } from '../../support/within.ts';

const test = suite('a locked database');

const HOLD = new URL('../children/lock.ts', import.meta.url).pathname;

async function lock(file: string, how: string) {
  const child = spawn(process.execPath, [...process.execArgv, HOLD, file, how], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const closed = once(child, 'close');
  const release = async () => {
    child.kill('SIGKILL');
    await closed;
  };
  return { release, [Symbol.asyncDispose]: release };
}

for (const how of ['EXCLUSIVE', 'IMMEDIATE']) {
  test(`BEGIN ${how} elsewhere is logged when it begins and when it ends`, async () => {
    await using folder = await temporaryFolder();
    const file = `${folder.path}/locked.db`;
    const settings = {
      HOSTBEAT_DATABASE_URL: `sqlite:${file}`,
      HOSTBEAT_ADMIN_PASSWORD: 'pw',
      HOSTBEAT_LOG_LEVEL: 'info',
      HOSTBEAT_LOG_FORMAT: 'json',
    };
    await using server = await startServer(settings);
    const admin = await login(server.url, 'admin', 'pw', 'admin');
    const put = (n: number) =>
      admin.request('PUT', `/v1/instances/${ID}`, { project_id: 'p', name: `vm-${n}` });
    const lines = (words: RegExp) =>
      server
        .log()
        .split('\n')
        .filter((line) => words.test(line));
    await using held = await lock(file, how);
    for (let n = 0; n < 5; n++) assert.is((await put(n)).status, 503);
    const ready = await admin.request('GET', '/readyz');
    assert.equal([ready.status, ready.json.ready], [503, false]);
    assert.match(JSON.stringify(ready.json), 'another program has locked the database');
    const services = await runHostbeat(['services', 'list'], {
      HOSTBEAT_URL: server.url,
      OS_TOKEN: admin.token,
      ...settings,
    });
    assert.not.match(services.stderr, 'identity v3 endpoint');
    assert.is(lines(/another program has locked the database/).length, 1);
    assert.is(lines(/records again/).length, 0);
    await held.release();
    await until('it to record again', () => lines(/records again/).length > 0);
    assert.is((await put(0)).status < 300, true);
    assert.is(lines(/another program has locked the database/).length, 1);
    assert.is(lines(/records again/).length, 1);
    assert.is((await admin.request('GET', '/readyz')).status, 200);
  });
}

const ID = 'a2f3a1c6-4c5e-4a3e-9d7e-000000000001';

test.run();
