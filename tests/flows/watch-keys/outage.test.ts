/** An owner that loses its connection while Keystone is away comes back by its watch key. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type WatchItem, watch } from '../../../client-sdk/src/index.ts';
import { aKeystoneToken, startFakeKeystone } from '../../identity/remote/fake-keystone.ts';
import { freePort } from '../../support/free-port.ts';
import { request } from '../../support/http.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../../support/process.ts';
import { within } from '../../support/within.ts';

const MINE = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const OTHER = '6b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';

const test = suite('watch key in an outage');

test('with Keystone away and the server killed, the client resumes and misses nothing', async () => {
  const clock = { now: () => Date.now() };
  const keystone = await startFakeKeystone(clock);
  const folder = await temporaryFolder();
  const settings = {
    HOSTBEAT_LISTEN: `127.0.0.1:${await freePort()}`,
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/outage.db`,
    HOSTBEAT_AUTH: 'keystone',
    HOSTBEAT_KEYSTONE_URL: keystone.url,
    HOSTBEAT_KEYSTONE_PASSWORD: 'service-password',
    HOSTBEAT_RECEIVER_TOKEN: 'receivers-token-of-the-test',
  };
  let server: ServerProcess | undefined;
  try {
    server = await startServer(settings);
    const { url } = server;
    const roles = ['member', 'reader'].map((name) => ({ id: name, name }));
    keystone.tokens.set('member', aKeystoneToken(clock, { roles }));
    keystone.tokens.set('admin', aKeystoneToken(clock, { roles: [{ id: 'r', name: 'admin' }] }));
    const seeded = await request(`${url}/v1/seed`, 'POST', 'admin', {
      services: ['c1', 'c2'].map((host) => ({ host, binary: 'nova-compute' })),
      instances: [
        { id: MINE, name: 'mine', project_id: 'p-demo', host: 'c1' },
        { id: OTHER, name: 'other', project_id: 'p-demo', host: 'c2' },
      ],
    });
    assert.is(seeded.status, 200, JSON.stringify(seeded.json));
    const made = await request(`${url}/v1/watch-keys`, 'POST', 'member', { name: 'db', servers: [MINE] });
    assert.is(made.status, 201, JSON.stringify(made.json));

    await using watched = watch({ url, token: made.json.key, random: () => 0 });
    const items = watched[Symbol.asyncIterator]();
    const next = async (): Promise<WatchItem> => (await within('an item', items.next())).value as WatchItem;
    const first = await next();
    assert.is(first.type, 'snapshot');
    assert.equal(first.type === 'snapshot' && first.servers.map(({ server_id }) => server_id), [MINE]);

    await keystone.close();
    await server.kill();
    server = await startServer(settings);
    assert.is((await request(`${url}/v1/watch-keys`, 'GET', 'member')).status, 503, 'others must wait');
    for (const host of ['c2', 'c1']) await forceDown(url, host);

    const change = await next();
    assert.is(change.type, 'change', JSON.stringify(change));
    assert.equal(
      change.type === 'change' && [change.change.server_id, change.change.from, change.change.to],
      [MINE, 'UP', 'DOWN'],
    );
    const status = await request(`${url}/v1/status?servers=${MINE},${OTHER}`, 'GET', made.json.key);
    assert.equal([status.json.servers.length, status.json.unknown], [1, [OTHER]]);
  } finally {
    await server?.[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
    await keystone.close().catch(() => undefined);
  }
});

/** By a monitor, whose token is the server's own. */
async function forceDown(url: string, host: string): Promise<void> {
  const answer = await fetch(`${url}/v1/inspector/events`, {
    method: 'POST',
    headers: { authorization: 'Bearer receivers-token-of-the-test', 'content-type': 'application/json' },
    body: JSON.stringify([
      {
        time: new Date().toISOString(),
        type: 'compute.host.down',
        details: { hostname: host, status: 'down' },
      },
    ]),
  });
  assert.is(answer.status, 200, await answer.clone().text());
}

test.run();
