/** The commands of a rehearsal, as a person types them: a key with the right, `drill`, and `watch` with and without `--drills`. */
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Lines } from '../../sdk/support/lines.ts';
import { login } from '../../support/http.ts';
import { hostbeat, runHostbeat, startServer, temporaryFolder } from '../../support/process.ts';

const test = suite('commands of drills');

const A = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const B = '6b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const SERVICE = '7b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';

test('a key made for drills rehearses its server, and "watch --drills" marks it', async () => {
  await using folder = await temporaryFolder();
  await using server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/commands.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
  });
  const admin = await login(server.url, 'admin', 'pw', 'admin');
  await admin.request('POST', '/v1/seed', {
    projects: [{ id: 'p1', name: 'p1' }],
    users: [{ name: 'owner', password: 'pw', roles: [{ project: 'p1', role: 'member' }] }],
    services: [{ uuid: SERVICE, host: 'c1', binary: 'nova-compute' }],
    instances: [
      { id: A, name: 'alpha', project_id: 'p1', host: 'c1' },
      { id: B, name: 'beta', project_id: 'p1', host: 'c1' },
    ],
  });
  const owner = await login(server.url, 'owner', 'pw', 'p1');
  const as = (token: string) => ({ HOSTBEAT_URL: server.url, HOSTBEAT_TOKEN: token });
  const run = async (token: string, ...words: string[]) => {
    const ran = await runHostbeat(words, as(token));
    assert.is(ran.code, 0, ran.stderr);
    return ran.stdout.trim();
  };
  const key = await run(owner.token, 'key', 'add', '--name', 'rehearsal', '--server', 'alpha', '--drills');
  const plain = await run(owner.token, 'key', 'add', '--name', 'plain', '--server', 'alpha');
  const list = await run(owner.token, 'key', 'list');
  assert.match(list, /^ID +NAME +SERVERS +DRILLS/);
  assert.match(list, /rehearsal +\S+ +yes/);
  assert.match(list, /plain +\S+ +no/);
  for (const [token, of] of [
    [plain, A],
    [key, B],
  ] as const) {
    const refused = await runHostbeat(['drill', 'start', of], as(token));
    assert.is.not(refused.code, 0);
  }

  const watching = (...flags: string[]) => {
    const child = hostbeat(['watch', '--plain', ...flags], as(key));
    const lines = new Lines();
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', lines.add);
    return {
      lines,
      heard: (words: RegExp) => lines.heardLike(words),
      [Symbol.asyncDispose]: async () => void child.kill('SIGKILL'),
    };
  };
  await using counts = watching('--drills');
  await using passes = watching();
  for (const { heard } of [counts, passes]) await heard(/ UP +alpha /);
  await run(key, 'drill', 'start', A);
  await counts.heard(/ DOWN +alpha .* drill by .* in a drill$/);
  await admin.request('PUT', `/v1/services/${SERVICE}`, { fence: 'none', forced_down: true });
  await counts.heard(/ DOWN +alpha .*\[forced_down\] the drill is over$/);
  await passes.heard(/ DOWN +alpha .*\[forced_down\] the drill is over$/);
  assert.is(passes.lines.all.filter((line) => line.includes('DOWN')).length, 1, 'the truth alone');
  assert.not.ok([...counts.lines.all, ...passes.lines.all].some((line) => line.includes('beta')));
});

test.run();
