/** The rule for names at every way in of a whole server: what people read holds printable characters and blanks. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { receiversOf } from '../../server/config/files/receivers-file.ts';
import { login, type Session } from '../support/http.ts';
import { runHostbeat, startServer } from '../support/process.ts';

const BAD: Readonly<Record<string, string>> = {
  'a control character': 'web\u0007one',
  'an escape sequence': 'web\u001b[2Jone',
  'U+0000': 'web\u0000one',
  'a line break': 'web\none',
  'a line separator': 'web\u2028one',
  'a bidirectional override': 'web\u202eone',
  'a character without width': 'web\u200bone',
  'half a character': 'web\ud800one',
  '256 characters': 'w'.repeat(256),
  'nothing in it': '',
};
const GOOD = 'Wëb 1 – 日本 ;{}"\'';
const HOST = 'Host-1.example_x';
const VM = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const NEXT = '6b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const NEWEST = { 'openstack-api-version': 'compute 2.90' };

const test = suite('names at every way in');
const server = await startServer({
  HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
  HOSTBEAT_ADMIN_PASSWORD: 'pw',
  HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8',
});
const admin = await login(server.url, 'admin', 'pw', 'admin');
const me = await admin.request('GET', '/identity/v3/auth/tokens', undefined, {
  'x-subject-token': admin.token,
});
const myself = `/identity/v3/users/${me.json.token.user.id}`;
const project = me.json.token.project.id;
await admin.request('POST', '/v1/seed', {
  services: [{ host: 'c1', binary: 'nova-compute' }],
  instances: [{ id: VM, name: 'vm', project_id: project, host: 'c1' }],
});
test.after(async () => void (await server.stop()));

interface Entrance {
  readonly what: string;
  readonly method: string;
  readonly path: string | (() => Promise<string>);
  readonly body: (name: string) => unknown;
  /** Something else than a name; hosts have a narrower rule. */
  readonly good?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** May be left empty. */
  readonly mayBeEmpty?: true;
}

const server_ = (fields: object) => ({ id: NEXT, name: 'vm', project_id: project, ...fields });

const ENTRANCES: readonly Entrance[] = [
  ...[
    ['a server', (name: string) => ({ name, project_id: project })],
    ['a zone', (zone: string) => server_({ availability_zone: zone }), true],
    ['a key pair', (key: string) => server_({ key_name: key }), true],
    ['a hypervisor', (host: string) => server_({ hypervisor_hostname: host })],
    ['a security group', (group: string) => server_({ security_groups: [group] })],
  ].map(([what, body, mayBeEmpty]) => ({
    what: `${what} that is declared`,
    method: 'PUT',
    path: `/v1/instances/${NEXT}`,
    body: body as Entrance['body'],
    ...(mayBeEmpty === undefined ? {} : { mayBeEmpty: true as const }),
  })),
  seeded('a project of a seed', (name) => ({ projects: [{ name }] })),
  seeded('a user of a seed', (name) => ({ users: [{ name, password: 'pw' }] })),
  seeded('a server of a seed', (name) => ({ instances: [server_({ name })] })),
  seeded('a flavor of a seed', (name) => ({
    flavors: [{ id: '7', original_name: name, vcpus: 1, ram: 1, disk: 1 }],
  })),
  seeded('a zone of a seed', (zone) => ({ services: [{ host: 'c2', zone }] })),
  seeded('a binary of a seed', (binary) => ({ services: [{ host: 'c2', binary }] })),
  seeded('a host of a seed', (host) => ({ services: [{ host }] }), HOST),
  {
    what: 'a server that is created by the compute API',
    method: 'POST',
    path: '/v2.1/servers',
    headers: NEWEST,
    body: (name) => ({
      server: { name, flavorRef: '1', imageRef: VM, networks: 'none', host: 'c1' },
    }),
    good: 'Web 1',
  },
  {
    what: 'a server that is renamed',
    method: 'PUT',
    path: `/v2.1/servers/${VM}`,
    headers: NEWEST,
    body: (name) => ({ server: { name } }),
    good: 'Web 1 – 日本',
  },
  {
    what: 'a server that is rebuilt',
    method: 'POST',
    path: `/v2.1/servers/${VM}/action`,
    headers: NEWEST,
    body: (name) => ({ rebuild: { imageRef: VM, name } }),
    good: 'Web 1 – 日本',
  },
  { ...identity('project'), what: 'a project' },
  { ...identity('user'), what: 'a user' },
  { ...identity('role'), what: 'a role' },
  {
    what: 'an application credential',
    method: 'POST',
    path: `${myself}/application_credentials`,
    body: (name) => ({ application_credential: { name } }),
  },
  {
    what: 'a project that is renamed',
    method: 'PATCH',
    path: () => made('project', 'renamed-project'),
    body: (name) => ({ project: { name: name === GOOD ? 'other project' : name } }),
  },
  {
    what: 'a user that is renamed',
    method: 'PATCH',
    path: () => made('user', 'renamed-user'),
    body: (name) => ({ user: { name: name === GOOD ? 'other user' : name } }),
  },
  {
    what: 'a webhook',
    method: 'POST',
    path: '/v1/webhooks',
    body: (name) => ({ url: 'http://127.0.0.1:9999/', name }),
  },
  {
    what: 'a webhook that is renamed',
    method: 'PATCH',
    path: async () => {
      const { json } = await admin.request('POST', '/v1/webhooks', { url: 'http://127.0.0.1:9999/' });
      return `/v1/webhooks/${json.id}`;
    },
    body: (name) => ({ name }),
  },
  { what: 'a watch key', method: 'POST', path: '/v1/watch-keys', body: (name) => ({ name }) },
  {
    what: 'a token of an agent',
    method: 'POST',
    path: '/v1/agent-tokens',
    body: (label) => ({ label, hosts: ['*'] }),
  },
  {
    what: 'a host of a token of an agent',
    method: 'POST',
    path: '/v1/agent-tokens',
    body: (host) => ({ label: 'agent', hosts: [host] }),
    good: HOST,
  },
  {
    what: 'a zone of a service',
    method: 'PUT',
    path: async () => {
      const { json } = await admin.request('GET', '/v1/services?host=c1');
      return `/v1/services/${json.services[0].uuid}`;
    },
    body: (zone) => ({ zone }),
  },
];

function seeded(what: string, body: Entrance['body'], good = GOOD): Entrance {
  return { what, method: 'POST', path: '/v1/seed', body, good };
}

function identity(kind: string) {
  return {
    method: 'POST',
    path: `/identity/v3/${kind}s`,
    body: (name: string) => ({ [kind]: { name } }),
    good: `${GOOD} too`,
  };
}

async function made(kind: string, name: string): Promise<string> {
  const { json } = await admin.request('POST', `/identity/v3/${kind}s`, { [kind]: { name } });
  return `/identity/v3/${kind}s/${json[kind].id}`;
}

const as = (session: Session, { method, headers = {} }: Entrance, path: string, body: unknown) =>
  session.request(method, path, body, headers);

for (const entrance of ENTRANCES) {
  test(`${entrance.what}: refused with 400, and a printable one is taken`, async () => {
    const path = typeof entrance.path === 'string' ? entrance.path : await entrance.path();
    for (const [what, name] of Object.entries(BAD)) {
      if (name === '' && entrance.mayBeEmpty) continue;
      const { status, json } = await as(admin, entrance, path, entrance.body(name));
      assert.is(status, 400, `${what}: ${JSON.stringify(json)}`);
    }
    const { status, json } = await as(admin, entrance, path, entrance.body(entrance.good ?? GOOD));
    assert.ok(status < 300, `${status} ${JSON.stringify(json)}`);
  });
}

test('a line of an import is refused for itself', async () => {
  const lines = [...Object.values(BAD), GOOD].map((name) => JSON.stringify(server_({ name })));
  const answer = await fetch(`${server.url}/v1/instances`, {
    method: 'POST',
    headers: { 'x-auth-token': admin.token },
    body: lines.join('\n'),
  });
  const answers = (await answer.text()).trim().split('\n');
  const isRefused = answers.map((line) => JSON.parse(line).error?.code === 'invalid');
  assert.equal(isRefused, [...Object.keys(BAD).map(() => true), false]);
});

test('a receiver of a monitor, its zones and its hosts are refused by the file', () => {
  const read = (text: string) => {
    const problems: string[] = [];
    const files = { exists: () => true, read: () => text };
    const receivers = receiversOf('receivers.yaml', undefined, files, (problem) => problems.push(problem));
    return receivers.length === 0 && problems.length === 1;
  };
  const token = 'token: 0123456789abcdef';
  for (const [what, name] of Object.entries(BAD)) {
    const quoted = JSON.stringify(name);
    assert.ok(read(`${quoted}: {${token}, zones: [az1]}`), what);
    for (const limit of ['zones', 'hosts']) assert.ok(read(`az1: {${token}, ${limit}: [${quoted}]}`), what);
  }
  assert.not(read(`az-1.b_c: {${token}, zones: [${JSON.stringify(GOOD)}], hosts: [${HOST}]}`));
});

test('the label of a token that the command line makes is a name too', async () => {
  for (const what of ['an escape sequence', '256 characters', 'nothing in it']) {
    const args = ['token', 'issue', '--host', 'c1', '--label', BAD[what] ?? ''];
    const { code, stderr } = await runHostbeat(args, { HOSTBEAT_DATABASE_URL: 'sqlite:/nowhere/hb.db' });
    assert.is(code, 2, `${what}: ${stderr}`);
    assert.match(stderr, /--label: a name/);
  }
});

for (const field of ['host', 'binary'] as const) {
  test(`a report is refused for itself, for its ${field}, by HTTP and by socket`, async () => {
    const report = (name: string) => ({ host: 'c1', binary: 'nova-compute', [field]: name });
    const names = [...Object.values(BAD), field === 'host' ? HOST : GOOD];
    const reports = names.filter((name) => name !== BAD['U+0000']).map(report);
    const wanted = reports.slice(0, -1).map((_, index) => index);
    const posted = await admin.request('POST', '/v1/reports', { reports });
    assert.equal(
      posted.json.rejected.map(({ index }: { index: number }) => index),
      wanted,
    );
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/agent`, 'hostbeat-agent.v1', {
      headers: { 'X-Auth-Token': admin.token },
    });
    const answered = new Promise<string>((resolve, reject) => {
      socket.on('open', () => socket.send(JSON.stringify({ type: 'report', reports })));
      socket.on('message', (data) => {
        if (String(data).includes('"rejected"')) resolve(String(data));
      });
      socket.on('error', reject).on('close', () => reject(new Error('closed')));
    });
    const { rejected } = JSON.parse(await answered);
    assert.equal(
      rejected.map(({ index }: { index: number }) => index),
      wanted,
    );
    socket.terminate();
  });
}

test.run();
