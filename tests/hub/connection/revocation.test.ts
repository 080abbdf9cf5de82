/** A running server, and rights that end while their holder is connected: each transport ends within five seconds. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { Peer } from '../../support/clients/peer.ts';
import { SseReader } from '../../support/clients/sse-reader.ts';
import { login, request, type Session } from '../../support/http.ts';
import { runHostbeat, type ServerProcess, startServer, temporaryFolder } from '../../support/process.ts';
import { within } from '../../support/within.ts';

interface Context {
  folder: Awaited<ReturnType<typeof temporaryFolder>>;
  server: ServerProcess;
  admin: Session;
  /** Follows another project all the while. */
  bystander: Peer;
}

const test = suite<Context>('rights that end', {} as never);

const USERS = ['disabled', 'revoked', 'removed', 'program', 'ruled', 'bystander'] as const;
const HEALTH = 0.5;
/** Five seconds, counted in health frames: by the server's own clock, which a busy machine slows as it slows the rest. */
const BOUND = 5 / HEALTH;
const rulesFor = (host_status: string) =>
  `"os_compute_api:servers:show:host_status": "${host_status}"\n"os_compute_api:servers:show:host_status:unknown-only": "!"\n`;

test.before(async (context) => {
  const folder = await temporaryFolder();
  await writeFile(
    `${folder.path}/seed.json`,
    JSON.stringify({
      projects: [
        { id: 'p1', name: 'p1' },
        { id: 'p2', name: 'p2' },
      ],
      users: USERS.map((name) => ({
        id: `id-${name}`,
        name,
        password: 'pw',
        roles: [{ project: name === 'bystander' ? 'p2' : 'p1', role: 'member' }],
      })),
      services: [{ host: 'c1', binary: 'nova-compute' }],
      instances: [{ id: randomUUID(), name: 'vm', project_id: 'p1', host: 'c1' }],
    }),
  );
  await writeFile(`${folder.path}/policy.yaml`, rulesFor('rule:admin_or_owner'));
  const env = {
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/rights.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
    HOSTBEAT_POLICY_FILE: `${folder.path}/policy.yaml`,
    HOSTBEAT_HEALTH_INTERVAL: `${HEALTH}`,
  };
  const seeded = await runHostbeat(['seed', `${folder.path}/seed.json`, '--offline'], env);
  assert.is(seeded.code, 0, seeded.stderr);
  const server = await startServer(env);
  Object.assign(context, { folder, server, admin: await login(server.url, 'admin', 'pw', 'admin') });
  const { token } = await login(server.url, 'bystander', 'pw', 'p2');
  const headers = { 'X-Auth-Token': token };
  context.bystander = new Peer(`${server.url}/v1/stream`, { protocols: ['hostbeat.v1'], headers });
  await heard(context.bystander, 'welcome');
});
test.after(async ({ folder, server, bystander }) => {
  bystander?.ws.terminate();
  await server?.kill();
  await folder?.[Symbol.asyncDispose]();
});

/** One user who follows by every way there is. */
async function follow({ server }: Context, name: (typeof USERS)[number], own?: string) {
  const token = own ?? (await login(server.url, name, 'pw', 'p1')).token;
  const headers = { 'X-Auth-Token': token };
  const socket = await new Peer(`${server.url}/v1/stream`, { protocols: ['hostbeat.v1'], headers }).open();
  const greeted = await new Peer(`${server.url}/v1/stream`, { protocols: ['hostbeat.v1'] }).open();
  greeted.ws.send(JSON.stringify({ type: 'hello', token }));
  for (const peer of [socket, greeted]) {
    peer.ws.send(JSON.stringify({ type: 'subscribe', id: 's' }));
    await heard(peer, 'synced');
  }
  const reader = new SseReader(`${server.url}/v1/events`, headers);
  const { cursor } = await reader.until('synced');
  const poll = request(`${server.url}/v1/changes?wait=60&after=${cursor}`, 'GET', token);
  // If a test fails before it reads the answer, that test is what failed.
  poll.catch(() => undefined);
  return { token, sockets: [socket, greeted], reader, poll };
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
async function heard(peer: Peer, type: string): Promise<any> {
  for (;;) {
    const frame = JSON.parse(await peer.next());
    if (frame.type === type) return frame;
  }
}

/** From now on. @returns what to call when all is done, which must be within the bound */
function bounded({ bystander }: Context): () => void {
  const sent = () => bystander.messages.filter((text) => text.startsWith('{"type":"health"')).length;
  const before = sent();
  return () => assert.ok(sent() - before <= BOUND, `${(sent() - before) * HEALTH} s`);
}

/** Everything ends: the token itself is worth nothing any more. */
async function allEnd({ sockets, reader, poll }: Awaited<ReturnType<typeof follow>>) {
  for (const { closed } of sockets) {
    assert.is((await within('the close', closed)).code, CLOSE.tokenExpired.code);
  }
  assert.is((await within('the answer', poll)).status, 401);
  await within('the end', reader.ended);
  assert.is(JSON.parse(reader.events.at(-1)?.data ?? '').code, CLOSE.tokenExpired.code);
}

test('a user who is disabled', async (context) => {
  const following = await follow(context, 'disabled');
  const inTime = bounded(context);
  const { status } = await context.admin.request('PATCH', '/identity/v3/users/id-disabled', {
    user: { enabled: false },
  });
  assert.is(status, 200);
  await allEnd(following);
  inTime();
});

test('a token that is revoked', async (context) => {
  const following = await follow(context, 'revoked');
  const inTime = bounded(context);
  const { status } = await request(
    `${context.server.url}/identity/v3/auth/tokens`,
    'DELETE',
    following.token,
    undefined,
    { 'X-Subject-Token': following.token },
  );
  assert.is(status, 204);
  await allEnd(following);
  inTime();
});

test('a role that is taken away', async (context) => {
  const following = await follow(context, 'removed');
  const { json } = await context.admin.request('GET', '/identity/v3/roles?name=member');
  const inTime = bounded(context);
  const path = `/identity/v3/projects/p1/users/id-removed/roles/${json.roles[0].id}`;
  assert.is((await context.admin.request('DELETE', path)).status, 204);
  await allEnd(following);
  inTime();
});

test('an application credential that is deleted', async (context) => {
  const user = await login(context.server.url, 'program', 'pw', 'p1');
  const path = '/identity/v3/users/id-program/application_credentials';
  const made = await user.request('POST', path, { application_credential: { name: 'program' } });
  const { id, secret } = made.json.application_credential;
  const body = {
    auth: { identity: { methods: ['application_credential'], application_credential: { id, secret } } },
  };
  const url = `${context.server.url}/identity/v3/auth/tokens`;
  const { headers } = await request(url, 'POST', user.token, body);
  const following = await follow(context, 'program', headers.get('x-subject-token') ?? '');
  const inTime = bounded(context);
  assert.is((await user.request('DELETE', `${path}/${id}`)).status, 204);
  await allEnd(following);
  inTime();
});

test('a policy that hides a stream ends its subscription, not the connection', async (context) => {
  const { sockets, reader, poll } = await follow(context, 'ruled');
  const inTime = bounded(context);
  await writeFile(`${context.folder.path}/policy.yaml`, rulesFor('rule:context_is_admin'));
  for (const peer of sockets) {
    const frame = await within('the end', heard(peer, 'unsubscribed'));
    assert.equal(frame, { type: 'unsubscribed', id: 's', reason: 'revoked' });
    assert.is(peer.ws.readyState, peer.ws.OPEN);
    peer.ws.terminate();
  }
  assert.is((await within('the answer', poll)).status, 403);
  await within('the end', reader.ended);
  assert.equal(
    reader.events.slice(-3).map(({ event }) => event),
    ['unsubscribed', 'problem', 'close'],
  );
  inTime();
  await writeFile(`${context.folder.path}/policy.yaml`, rulesFor('rule:admin_or_owner'));
});

test('other connections are not affected', async ({ bystander }) => {
  bystander.ws.send(JSON.stringify({ type: 'ping', nonce: 'here' }));
  assert.is((await heard(bystander, 'pong')).nonce, 'here');
});

test.run();
