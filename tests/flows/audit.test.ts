import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { login, type Session } from '../support/http.ts';
import { runHostbeat, startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

const test = suite('what operators did');

interface Entry {
  readonly actor: string;
  readonly from: string | null;
  readonly action: string;
  readonly subject: string;
  readonly changes: Record<string, readonly [unknown, unknown]>;
}

const V2_90 = { 'openstack-api-version': 'compute 2.90' };
const folder = await temporaryFolder();
const policy = `${folder.path}/policy.yaml`;
const env = {
  HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/audit.db`,
  HOSTBEAT_ADMIN_PASSWORD: 'pw',
  HOSTBEAT_POLICY_FILE: policy,
};
await writeFile(policy, '');
await writeFile(`${folder.path}/secret`, 'secret-pw');
const offline = ['user', 'add', 'owner', '--project', 'demo', '--role', 'member', '--offline'];
assert.is((await runHostbeat(['migrate'], env)).code, 0);
const added = await runHostbeat([...offline, '--password-file', `${folder.path}/secret`], env);
assert.is(added.code, 0, added.stderr);
const server = await startServer(env);
const admin = await login(server.url, 'admin', 'pw', 'admin');

test.after(async () => {
  await server.stop();
  await folder[Symbol.asyncDispose]();
});

async function entries(query = ''): Promise<Entry[]> {
  return (await admin.request('GET', `/v1/audit${query}`)).json.entries;
}

/** What was kept of `act`, oldest first. */
async function keptOf(act: () => Promise<unknown>): Promise<Entry[]> {
  const before = (await entries()).length;
  await act();
  const all = await entries();
  return all.slice(0, all.length - before).reverse();
}

async function ask(who: Session, method: string, path: string, body?: unknown, headers = {}) {
  const answer = await who.request(method, path, body, headers);
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.json)}`);
  return answer.json;
}

const v3 = (who: Session, method: string, path: string, body?: unknown) =>
  ask(who, method, `/identity/v3${path}`, body);

test('a user added on the machine itself is kept as done by the shell', async () => {
  const [entry] = await entries('?action=user.add');
  assert.match(`${entry?.actor}`, /^shell:./);
  assert.equal(entry?.changes.name, [null, 'owner']);
  assert.not.match(JSON.stringify(entry), 'secret-pw');
});

test('accounts: who, from where, and each field before and after, and never a password', async () => {
  let id = '';
  const kept = await keptOf(async () => {
    ({ id } = (await v3(admin, 'POST', '/users', { user: { name: 'eve', password: 'eves-pw' } })).user);
    await v3(admin, 'PATCH', `/users/${id}`, { user: { enabled: false } });
    await v3(admin, 'PATCH', `/users/${id}`, { user: { enabled: false } });
    await v3(admin, 'DELETE', `/users/${id}`);
    const { project } = await v3(admin, 'POST', '/projects', { project: { name: 'lab' } });
    await v3(admin, 'PATCH', `/projects/${project.id}`, { project: { name: 'lab2' } });
    const { role } = await v3(admin, 'POST', '/roles', { role: { name: 'operator' } });
    await v3(admin, 'DELETE', `/roles/${role.id}`);
  });
  assert.equal(
    kept.map(({ action }) => action),
    [
      'user.create',
      'user.update',
      'user.delete',
      'project.create',
      'project.update',
      'role.create',
      'role.delete',
    ],
  );
  const [created, disabled] = kept;
  assert.is(created?.subject, `user:${id}`);
  assert.match(`${created?.from}`, '127.0.0.1');
  assert.equal(created?.changes.password, [null, '(secret)']);
  assert.equal(disabled?.changes, { enabled: [true, false] });
  assert.equal(kept[4]?.changes, { name: ['lab', 'lab2'] });
  assert.not.match(JSON.stringify(kept), /eves-pw|scrypt/);
});

test('rights that are given and taken, and a new password', async () => {
  const { users } = await v3(admin, 'GET', '/users?name=owner');
  const { projects } = await v3(admin, 'GET', '/projects?name=demo');
  const { roles } = await v3(admin, 'GET', '/roles?name=reader');
  const [user, project, role] = [users[0].id, projects[0].id, roles[0].id];
  const kept = await keptOf(async () => {
    for (const method of ['PUT', 'PUT', 'DELETE'])
      await v3(admin, method, `/projects/${project}/users/${user}/roles/${role}`);
    const passwords = { original_password: 'secret-pw', password: 'other-pw' };
    await v3(await login(server.url, 'owner', 'secret-pw', 'demo'), 'POST', `/users/${user}/password`, {
      user: passwords,
    });
  });
  const right = `reader on project:${project}`;
  assert.equal(
    kept.map(({ action, changes }) => [action, changes]),
    [
      ['user.grant', { [right]: [false, true] }],
      ['user.revoke', { [right]: [true, false] }],
      ['user.update', { password: ['(secret)', '(secret)'] }],
    ],
  );
});

test('administrators’ changes over Nova’s API are audited; owners have actions', async () => {
  await ask(admin, 'POST', '/v1/reports', { reports: [{ host: 'c1' }, { host: 'c2' }] });
  const { projects } = await v3(admin, 'GET', '/projects?name=demo');
  const theirs = crypto.randomUUID();
  await ask(admin, 'PUT', `/v1/instances/${theirs}`, { project_id: projects[0].id, name: 'vm', host: 'c1' });
  const owner = await login(server.url, 'owner', 'other-pw', 'demo');
  let id = '';
  const kept = await keptOf(async () => {
    await ask(owner, 'PUT', `/v2.1/servers/${theirs}`, { server: { name: 'ours' } }, V2_90);
    const wish = { name: 'vm', flavorRef: '1', imageRef: crypto.randomUUID(), availability_zone: 'nova:c1' };
    ({ id } = (await ask(admin, 'POST', '/v2.1/servers', { server: wish })).server);
    await ask(admin, 'PUT', `/v2.1/servers/${id}`, { server: { name: 'renamed' } }, V2_90);
    await ask(admin, 'DELETE', `/v2.1/servers/${id}`);
  });
  assert.equal(
    kept.map(({ action, subject }) => [action, subject]),
    [
      ['instance.register', `instance:${id}`],
      ['instance.move', `instance:${id}`],
      ['instance.delete', `instance:${id}`],
    ],
  );
  assert.equal(kept[1]?.changes, { name: ['vm', 'renamed'] });
});

test('a policy that came into force, with the rules that are not as they were', async () => {
  await writeFile(policy, '"os_compute_api:servers:show:host_status": "rule:admin_api"\n');
  process.kill(server.pid, 'SIGHUP');
  let entry: Entry | undefined;
  await until('the policy to be reloaded', async () => {
    [entry] = await entries('?action=policy.change');
    return entry !== undefined;
  });
  assert.equal(entry?.changes, { 'os_compute_api:servers:show:host_status': [null, 'rule:admin_api'] });
});

test.run();
