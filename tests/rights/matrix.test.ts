/**
 * Every route times everybody who may come with a token, held against a table kept as data: what is let in, what is 403,
 * and what is as if it were not there. Run with UPDATE=1 to write the table; read its difference as a change of rights.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Answer, request } from '../support/http.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { callsTo, HOST_CALLS, type RightsCall } from './calls.ts';
import { openIdentities, SERVER, SERVICE } from './identities.ts';
import { upgradeStatus } from './upgrade-status.ts';

const file = join(import.meta.dirname, 'table.jsonl');
type Table = Record<string, Record<string, string>>;

const test = suite('rights');
const folder = await temporaryFolder();
let server: ServerProcess;
let tokens: Record<string, string>;

test.before(async () => {
  server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/rights.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_RECEIVER_TOKEN: 'receivers-token-of-the-test',
  });
  tokens = await openIdentities(server.url);
});
test.after(async () => {
  await server?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** `in` is everything that is no matter of rights: found, made, or refused for what was asked. */
function outcome(status: number): string {
  return [401, 403, 404].includes(status)
    ? String(status)
    : status === 101 || status < 500
      ? 'in'
      : `${status}!`;
}

async function put(method: string, path: string, body: unknown): Promise<Answer> {
  return request(server.url + path, method, tokens.admin as string, body);
}

/** What a call before may have changed. */
async function asItWas(): Promise<void> {
  await put('PUT', `/v1/instances/${SERVER}`, { project_id: 'p-demo', name: 'vm', host: 'c1' });
  await put('PUT', `/v1/services/${SERVICE}`, { forced_down: false });
}

async function statusOf({ method, path, version, body }: RightsCall, token: string): Promise<number> {
  const headers = {
    'x-auth-token': token,
    'content-type': 'application/json',
    ...(version === undefined ? {} : { 'openstack-api-version': `compute ${version}` }),
    ...(path.startsWith('/v1/alertmanager') || path.startsWith('/v1/inspector')
      ? { authorization: `Bearer ${token}` }
      : {}),
  };
  const calledOff = new AbortController();
  const { status } = await fetch(server.url + path, {
    method,
    headers: token === '' ? { 'content-type': 'application/json' } : headers,
    signal: calledOff.signal,
    ...(method === 'GET' || method === 'HEAD' ? {} : { body: JSON.stringify(body ?? {}) }),
  });
  calledOff.abort();
  return status;
}

async function walk(calls: readonly RightsCall[]): Promise<Table> {
  const table: Table = {};
  for (const call of calls) {
    const row: Record<string, string> = {};
    for (const [who, token] of Object.entries(tokens)) {
      if (call.changes) await asItWas();
      const status =
        call.socket === undefined
          ? await statusOf(call, token)
          : await upgradeStatus(server.url, call, token);
      row[who] = outcome(status);
    }
    table[call.name] = row;
  }
  await asItWas();
  return table;
}

test('every route lets in who the table says, and nobody else', async () => {
  const found = await walk([...callsTo(), ...HOST_CALLS]);
  if (process.env.UPDATE === '1') writeFileSync(file, `${lines(found)}\n`);
  const table: Table = {};
  for (const line of readFileSync(file, 'utf8').trim().split('\n')) {
    const { route, ...row } = JSON.parse(line) as Record<string, string>;
    table[route as string] = row;
  }
  for (const [name, row] of Object.entries(found)) assert.equal(row, table[name], name);
  assert.equal(Object.keys(table).sort(), Object.keys(found).sort());
});

/** A line a route, so that a change of rights is a line of a review. */
function lines(table: Table): string {
  return Object.entries(table)
    .map(([route, row]) => JSON.stringify({ route, ...row }))
    .join('\n');
}

test.run();
