/** A cursor that a client kept outlives kill -9 of the server, on every way in. */

import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Peer } from '../../support/clients/peer.ts';
import { freePort } from '../../support/free-port.ts';
import { login, type Session } from '../../support/http.ts';
import { runHostbeat, startServer, temporaryFolder } from '../../support/process.ts';

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

interface Seen {
  readonly how: string;
  readonly items: readonly { readonly to: string; readonly seq?: number }[];
}

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
  const items: { to: string }[] = [];
  for (;;) {
    const frame = JSON.parse(await peer.next());
    if (frame.type === 'event') items.push(...frame.items);
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
  const items: { to: string }[] = [];
  let text = '';
  for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines.filter((one) => one.startsWith('data:'))) {
      const frame = JSON.parse(line.slice('data:'.length));
      if (frame.type === 'event') items.push(...frame.items);
      if (frame.type === 'synced') {
        end.abort();
        return { how: frame.how, items };
      }
    }
  }
  throw new Error('the stream ended');
}

test('what was committed before the kill and after it is resumed, by all three ways', async () => {
  await using folder = await temporaryFolder();
  const env = {
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/crash.db`,
    HOSTBEAT_LISTEN: `127.0.0.1:${await freePort()}`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
  };
  await writeFile(`${folder.path}/seed.json`, JSON.stringify(seed));
  const seeded = await runHostbeat(['seed', `${folder.path}/seed.json`, '--offline'], env);
  assert.is(seeded.code, 0, seeded.stderr);
  let server = await startServer(env);
  try {
    const admin = await login(server.url, 'admin', 'pw', 'admin');
    const owner = await login(server.url, 'owner', 'pw', 'p1');
    const { cursor } = (await owner.request('GET', '/v1/changes')).json;
    await forceDown(admin, true);
    await server.kill();
    server = await startServer(env);
    await forceDown(await login(server.url, 'admin', 'pw', 'admin'), false);

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
    const [first = 0, second] = ways[0]?.items.map(({ seq }) => seq) ?? [];
    assert.is(second, first + 1, 'the numbers go on without a hole');
  } finally {
    await server.kill();
  }
});

test.run();
