/** What the suites of watch keys at a whole server share. */
import { suite, type Test } from 'uvu';
import * as assert from 'uvu/assert';
import { login, request, type Session } from '../../support/http.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../../support/process.ts';
import { StreamClient } from '../../support/stream-world.ts';

export const MINE = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
export const NOT_NAMED = '6b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
export const FOREIGN = '7b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
export const NOWHERE = '8b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';

export const STATUS = `/v1/status?servers=${MINE}`;

/** The server of a suite that is running: suites run one after the other. */
export let server: ServerProcess;
export let admin: Session;
export let member: Session;
/** The file of its database. */
export let file: string;

async function start(): Promise<void> {
  server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${file}`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_MAX_WATCH_KEYS_PER_PROJECT: '20',
    HOSTBEAT_TRUSTED_PROXIES: '127.0.0.1',
  });
  admin = await login(server.url, 'admin', 'pw', 'admin');
  const seeded = await admin.request('POST', '/v1/seed', {
    projects: ['demo', 'other', 'brief'].map((name) => ({ id: `p-${name}`, name })),
    users: [
      { name: 'member', password: 'pw', roles: [{ project: 'demo', role: 'member' }] },
      { name: 'reader', password: 'pw', roles: [{ project: 'demo', role: 'reader' }] },
      { name: 'stranger', password: 'pw', roles: [{ project: 'other', role: 'member' }] },
      { name: 'brief', password: 'pw', roles: [{ project: 'brief', role: 'member' }] },
    ],
    services: ['c1', 'c2'].map((host) => ({ host, binary: 'nova-compute' })),
    instances: [
      { id: MINE, name: 'mine', project_id: 'p-demo', host: 'c1' },
      { id: NOT_NAMED, name: 'not-named', project_id: 'p-demo', host: 'c2' },
      { id: FOREIGN, name: 'foreign', project_id: 'p-other', host: 'c1' },
    ],
  });
  assert.is(seeded.status, 200, JSON.stringify(seeded.json));
  await loginMember();
}

/** Again, where a test has ended its token. */
export async function loginMember(): Promise<void> {
  member = await login(server.url, 'member', 'pw', 'demo');
}

/** A suite with its own server, on which two projects have servers. */
export function watchKeySuite(name: string): Test {
  const test = suite(name);
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  test.before(async () => {
    folder = await temporaryFolder();
    file = `${folder.path}/keys.db`;
    await start();
  });
  test.after(async () => {
    await server?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });
  return test;
}

export interface Made {
  readonly id: string;
  readonly key: string;
}

export async function keyOf(body: object, by: Session = member): Promise<Made> {
  const made = await by.request('POST', '/v1/watch-keys', { name: 'test', ...body });
  assert.is(made.status, 201, JSON.stringify(made.json));
  assert.match(made.json.key, /^hbw_[\w-]{43}$/);
  return made.json;
}

export async function revoke({ id }: Made): Promise<void> {
  assert.is((await member.request('DELETE', `/v1/watch-keys/${id}`)).status, 204);
}

export const get = (path: string, token: string, headers: Record<string, string> = {}) =>
  request(server.url + path, 'GET', token, undefined, headers);

export function connect(options: {
  readonly token?: string;
  readonly protocol?: string;
}): Promise<StreamClient> {
  return new StreamClient(`${server.url}/v1/stream`, {
    protocols: ['hostbeat.v1', ...(options.protocol === undefined ? [] : [options.protocol])],
    headers: options.token === undefined ? {} : { 'X-Auth-Token': options.token },
  }).open();
}

/** The servers of the snapshot that a subscription begins with. */
export async function serversOf(client: StreamClient, fields: object = {}): Promise<string[]> {
  client.subscribe(fields);
  const { items } = await client.until('snapshot');
  await client.until('synced');
  return items.map((item) => ('server_id' in item ? item.server_id : 'a service'));
}
