import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type HistoryItem, type HistoryQuery, RequestError, Rest } from '../../client-sdk/src/rest.ts';
import { login } from '../support/http.ts';
import { runHostbeat, startServer, temporaryFolder } from '../support/process.ts';
import { signal, within } from '../support/within.ts';
import { ScriptedServer } from './support/scripted-server.ts';
import { Site } from './support/site.ts';

const test = suite('rest client');
const names = ['a', 'b', 'c', 'd', 'e'];
const server = (name: string, host: string, project_id = 'p1') => ({
  id: randomUUID(),
  name,
  project_id,
  host,
});
const fenced = server('fenced', 'c2');
const foreign = server('foreign', 'c1', 'p2');
const world = {
  projects: [
    { id: 'p1', name: 'p1' },
    { id: 'p2', name: 'p2' },
  ],
  users: [{ name: 'owner', password: 'pw', roles: [{ project: 'p1', role: 'member' }] }],
  services: [
    { host: 'c1', binary: 'nova-compute' },
    { host: 'c2', binary: 'nova-compute', forced_down: true },
  ],
  instances: [...names.map((name) => server(name, 'c1')), fenced, foreign],
};

test('an owner asks the real service for its own servers, one or page by page', async () => {
  await using folder = await temporaryFolder();
  const env = { HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/rest.db`, HOSTBEAT_ADMIN_PASSWORD: 'pw' };
  await writeFile(`${folder.path}/seed.json`, JSON.stringify(world));
  const seeded = await runHostbeat(['seed', `${folder.path}/seed.json`, '--offline'], env);
  assert.is(seeded.code, 0, seeded.stderr);
  await using running = await startServer(env);
  const { token } = await login(running.url, 'owner', 'pw', 'p1');
  const rest = new Rest({ url: running.url, token: async () => token });

  assert.is((await rest.server(fenced.id))?.host_status, 'DOWN');
  assert.is(await rest.server(foreign.id), undefined, "another's does not exist");
  assert.is(await rest.server('../os-services'), undefined, 'an id is no path');

  const all: string[] = [];
  for await (const { name } of rest.servers({ pageSize: 2 })) all.push(name);
  assert.equal(all.sort(), [...names, 'fenced']);

  const down: string[] = [];
  for await (const { name } of rest.servers({ hostStatus: ['DOWN', 'UNKNOWN'] })) down.push(name);
  assert.equal(down, ['fenced']);

  const stranger = new Rest({ url: running.url, token: 'made-up' });
  await stranger.server(fenced.id).then(
    () => assert.unreachable(),
    (error) => {
      assert.instance(error, RequestError);
      assert.is(error.status, 401);
      assert.not.ok(error.shouldRetry());
    },
  );
});

test('an owner reads a server’s history, newest first, in pages, from any place', async () => {
  await using site = await Site.open();
  for (const forced_down of [true, false, true]) await site.switch({ forced_down });
  const rest = new Rest({ url: site.url, token: await site.token() });
  const read = async (query: HistoryQuery = {}, id: string = site.server) => {
    const items: HistoryItem[] = [];
    for await (const item of rest.history(id, query)) items.push(item);
    return items;
  };
  const all = await read();
  assert.equal(
    all.map(({ name, to }) => `${name} ${to}`),
    ['web DOWN', 'web UP', 'web DOWN', 'web UP'],
  );
  assert.equal(await read({ pageSize: 1 }), all);
  assert.equal(await read({ pageSize: 2, before: all[0]!.seq }), all.slice(1));
  await read({}, 'nobody').then(
    () => assert.unreachable(),
    (error: RequestError) => assert.is(error.status, 404),
  );
});

test('errors that pass are distinguished from errors that do not', async () => {
  const answering = (answer: () => Promise<Response>) =>
    new Rest({ url: 'http://h', token: 't', fetch: answer as typeof fetch }).server('s').then(
      () => assert.unreachable(),
      (error: RequestError) => `${error.name} ${error.status} ${error.shouldRetry()}`,
    );
  assert.is(await answering(async () => Promise.reject(new Error('refused'))), 'RequestError 0 true');
  assert.is(await answering(async () => new Response('busy', { status: 503 })), 'RequestError 503 true');
  assert.is(await answering(async () => new Response('slow down', { status: 429 })), 'RequestError 429 true');
  assert.is(await answering(async () => new Response('no', { status: 403 })), 'RequestError 403 false');
  assert.is(await answering(async () => new Response('<html>')), 'RequestError 200 false');
});

test('leaving the pages ends the request that is under way', async () => {
  const ways: ((rest: Rest) => AsyncGenerator<unknown, void, undefined>)[] = [
    (rest) => rest.servers(),
    (rest) => rest.history('s'),
  ];
  for (const pages of ways) {
    const sent = signal<AbortSignal>();
    const fetch = (_: unknown, { signal }: RequestInit) => {
      sent.resolve(signal as AbortSignal);
      return new Promise<Response>(() => undefined);
    };
    const items = pages(new Rest({ url: 'http://h', token: 't', fetch: fetch as typeof globalThis.fetch }));
    const waiting = items.next();
    const request = await within('the request', sent.promise);
    assert.not(request.aborted);
    await items.return();
    assert.ok(request.aborted);
    assert.is((await within('the end', waiting)).done, true);
  }
});

test('an answer that does not come, or does not end, is given up', async () => {
  for (const answer of [
    (response: ServerResponse) => void response,
    (response: ServerResponse) => void response.writeHead(200).write('{'),
  ]) {
    await using server = await ScriptedServer.open();
    server.onRequest = (_, response) => answer(response);
    const asked = new Rest({ url: server.url, token: 't', timeoutMs: 50 }).server('s');
    const outcome = asked.then(
      () => 'answered',
      (error: RequestError) => `${error.name} ${error.status} ${error.shouldRetry()}`,
    );
    assert.is(await within('the failure', outcome), 'RequestError 0 true');
  }
});

test.run();
