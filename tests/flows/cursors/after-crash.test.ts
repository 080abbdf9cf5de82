/** What a client kept outlives kill -9 of the server, on every way in: its cursor, and the names of what it has seen. */

import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Peer } from '../../support/clients/peer.ts';
import { freePort } from '../../support/free-port.ts';
import { login, type Session } from '../../support/http.ts';
import { runHostbeat, startServer, temporaryFolder } from '../../support/process.ts';
import { Endpoint } from '../../webhooks/endpoint.ts';

const test = suite('a cursor over kill -9');

const SERVICE = '11111111-1111-4111-8111-111111111111';
const seed = {
  projects: [{ id: 'p1', name: 'p1' }],
  users: [{ name: 'owner', password: 'pw', roles: [{ project: 'p1', role: 'member' }] }],
  services: [{ uuid: SERVICE, host: 'c1', binary: 'nova-compute' }],
  instances: [{ id: '22222222-2222-4222-8222-222222222222', name: 'vm', project_id: 'p1', host: 'c1' }],
};

const forceDown = async (admin: Session, forced_down: boolean) =>
  assert.is((await admin.request('PUT', `/v1/services/${SERVICE}`, { forced_down })).status, 200);

interface Named {
  readonly epoch: string;
  readonly seq: number;
}

interface Item extends Partial<Named> {
  readonly to: string;
}

interface Seen {
  readonly how: string;
  readonly items: readonly (Item & Named)[];
}

const nameOf = ({ epoch, seq }: Named) => `${epoch}.${seq}`;
/** Items of a frame have its name, those of a poll have their own. */
const named = ({ epoch, seq, items }: Named & { items: Item[] }) =>
  items.map((item) => ({ epoch, seq, ...item }));

async function polled(owner: Session, cursor: string): Promise<Seen> {
  const { status, json } = await owner.request('GET', `/v1/changes?after=${encodeURIComponent(cursor)}`);
  assert.is(status, 200, JSON.stringify(json));
  return json;
}

async function subscribed(url: string, token: string, cursor: string): Promise<Seen> {
  const peer = new Peer(`${url}/v1/stream`, {
    protocols: ['hostbeat.v1'],
    headers: { 'x-auth-token': token },
  });
  await peer.open();
  peer.ws.send(JSON.stringify({ type: 'subscribe', id: 'a', cursor }));
  const items: (Item & Named)[] = [];
  for (;;) {
    const frame = JSON.parse(await peer.next());
    if (frame.type === 'event') items.push(...named(frame));
    if (frame.type !== 'synced') continue;
    peer.ws.terminate();
    return { how: frame.how, items };
  }
}

async function streamed(url: string, token: string, cursor: string): Promise<Seen> {
  const end = new AbortController();
  const answer = await fetch(`${url}/v1/events`, {
    headers: { 'x-auth-token': token, 'last-event-id': cursor },
    signal: end.signal,
  });
  const items: (Item & Named)[] = [];
  let text = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines.filter((one) => one.startsWith('data:'))) {
      const frame = JSON.parse(line.slice('data:'.length));
      if (frame.type === 'event') items.push(...named(frame));
      if (frame.type === 'synced') {
        end.abort();
        return { how: frame.how, items };
      }
    }
  }
  throw new Error('the stream ended');
}

test('items from before and after the kill are resumed, each item by one name', async () => {
  await using folder = await temporaryFolder();
  const endpoint = await Endpoint.open();
  const env = {
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/crash.db`,
    HOSTBEAT_LISTEN: `127.0.0.1:${await freePort()}`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
    HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8',
  };
  await writeFile(`${folder.path}/seed.json`, JSON.stringify(seed));
  const seeded = await runHostbeat(['seed', `${folder.path}/seed.json`, '--offline'], env);
  assert.is(seeded.code, 0, seeded.stderr);
  let server = await startServer(env);
  try {
    const admin = await login(server.url, 'admin', 'pw', 'admin');
    const owner = await login(server.url, 'owner', 'pw', 'p1');
    const { id } = (await owner.request('POST', '/v1/webhooks', { url: endpoint.url })).json;
    const webhook = (state: string) => owner.request('PATCH', `/v1/webhooks/${id}`, { state });
    assert.is((await webhook('paused')).status, 200);
    const { cursor } = (await owner.request('GET', '/v1/changes')).json;
    await forceDown(admin, true);
    const before = await polled(owner, cursor);
    await server.kill();
    server = await startServer(env);
    await forceDown(await login(server.url, 'admin', 'pw', 'admin'), false);
    assert.is((await webhook('active')).status, 200);

    const ways = [
      await polled(owner, cursor),
      await subscribed(server.url, owner.token, cursor),
      await streamed(server.url, owner.token, cursor),
    ];
    for (const { how, items } of ways) {
      assert.is(how, 'resumed');
      assert.equal(
        items.map(({ to }) => to),
        ['DOWN', 'UP'],
      );
    }
    const [first, second] = ways[0]?.items ?? [];
    assert.ok(first && second);
    assert.is(second.seq, first.seq + 1, 'the numbers go on without a hole');
    assert.is.not(second.epoch, first.epoch, 'a start begins another epoch');
    assert.equal(before.items.map(nameOf), [nameOf(first)], 'the name that it had before the kill');
    const delivered = [await endpoint.next(), await endpoint.next()];
    const names = [first, second].map(nameOf);
    for (const { items } of ways) assert.equal(items.map(nameOf), names);
    assert.equal(
      delivered.map(({ json }) => json.id),
      names,
    );
  } finally {
    await server.kill();
    await endpoint.close();
  }
});

test.run();
