/** A server is declared where there is a project and a host, by whichever way it comes. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { login, type Session } from '../support/http.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';

const test = suite('places of servers that are declared');
const folder = await temporaryFolder();
let server: ServerProcess;
let admin: Session;
let made = 0;

test.before(async () => {
  server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/places.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
  });
  admin = await login(server.url, 'admin', 'pw', 'admin');
  const seeded = await admin.request('POST', '/v1/seed', {
    projects: [{ id: 'p-demo', name: 'demo' }, { name: 'drawn' }],
    users: [{ name: 'registrar', password: 'pw', roles: [{ project: 'demo', role: 'service' }] }],
    services: [{ host: 'c1' }],
    instances: [aServer('drawn', 'c1')],
  });
  assert.is(seeded.status, 200, JSON.stringify(seeded.json));
});
test.after(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function aServer(project_id: string, host: string) {
  return { id: `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`, name: 'vm', project_id, host };
}

async function projectOf(id: string): Promise<string> {
  return (await admin.request('GET', `/v1/instances/${id}`)).json.project_id;
}

interface Imported {
  readonly added: number;
  readonly failed: number;
  readonly errors: readonly { readonly line: number; readonly error: { readonly field: string } }[];
}

/** Sends the documents as lines. */
async function imported(who: Session, query: string, ...servers: object[]) {
  const answer = await fetch(`${server.url}/v1/instances${query}`, {
    method: 'POST',
    headers: { 'x-auth-token': who.token, accept: 'application/json' },
    body: servers.map((one) => JSON.stringify(one)).join('\n'),
  });
  return { status: answer.status, json: (await answer.json()) as Imported };
}

test('a seed names a project by id or name, also one whose id was drawn', async () => {
  const projects = (await admin.request('GET', '/identity/v3/projects')).json.projects as {
    id: string;
    name: string;
  }[];
  const drawn = projects.find(({ name }) => name === 'drawn')?.id;
  assert.is(await projectOf('00000000-0000-4000-8000-000000000001'), drawn);
  const byName = aServer('demo', 'c1');
  assert.is((await admin.request('POST', '/v1/seed', { instances: [byName] })).status, 200);
  assert.is(await projectOf(byName.id), 'p-demo');
});

test('a seed with an unknown place is refused by name, and nothing of it is loaded', async () => {
  const good = aServer('p-demo', 'c1');
  const bad = aServer('nobody', 'c9');
  const { status, json } = await admin.request('POST', '/v1/seed', { instances: [good, bad] });
  assert.is(status, 400);
  assert.match(json.error.message, 'there is no project nobody; no service is known on host c9');
  assert.is((await admin.request('GET', `/v1/instances/${good.id}`)).status, 404);
});

test('missing projects and hosts are created on request, and the answer lists them', async () => {
  const one = aServer('made-1', 'c2');
  const { status, json } = await admin.request('POST', '/v1/seed?create_missing=true', { instances: [one] });
  assert.is(status, 200, JSON.stringify(json));
  assert.equal(json.created, { projects: ['made-1'], hosts: ['c2'] });
  const hosts = (await admin.request('GET', '/v1/hosts')).json.hosts as {
    host: string;
    services: { confidence: string }[];
  }[];
  assert.is(hosts.find(({ host }) => host === 'c2')?.services[0]?.confidence, 'never_heard');
  const wrong = await admin.request('POST', '/v1/seed?create_missing=yes', {});
  assert.equal([wrong.status, wrong.json.error.field], [400, 'create_missing']);
});

test('an import refuses lines with unknown places by number, and takes the others', async () => {
  const good = aServer('demo', 'c1');
  const { json } = await imported(admin, '', aServer('nobody', 'c1'), good, aServer('demo', 'C1'));
  assert.equal([json.added, json.failed], [1, 2]);
  assert.equal(
    json.errors.map(({ line, error }) => [line, error.field]),
    [
      [1, 'project_id'],
      [3, 'host'],
    ],
  );
  assert.is(await projectOf(good.id), 'p-demo');
});

test('an import creates a missing name once, however many lines name it', async () => {
  const lines = Array.from({ length: 50 }, () => aServer('made-2', 'c3'));
  const { json } = await imported(admin, '?create_missing=true', ...lines);
  assert.equal([json.added, json.failed], [50, 0], JSON.stringify(json.errors));
  const named = (await admin.request('GET', '/identity/v3/projects?name=made-2')).json.projects;
  assert.is(named.length, 1);
});

test('only an administrator creates missing projects and hosts', async () => {
  const registrar = await login(server.url, 'registrar', 'pw', 'demo');
  assert.is((await imported(registrar, '?create_missing=true', aServer('demo', 'c1'))).status, 403);
  assert.is((await imported(registrar, '', aServer('demo', 'c1'))).json.added, 1);
});

test.run();
