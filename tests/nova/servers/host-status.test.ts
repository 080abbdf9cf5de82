import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anInstance, aService } from '../../support/builders.ts';
import { putInstance, putService } from '../../support/store.ts';
import { type Cloud, identityOf, openCloud } from '../cloud.ts';

const DEMO = identityOf('alice')?.projectId as string;
const OWNER_SEES_ALL = '"os_compute_api:servers:show:host_status": "rule:admin_or_owner"';
const OWNER_SEES_UNKNOWN = '"os_compute_api:servers:show:host_status:unknown-only": "rule:admin_or_owner"';

interface Server {
  readonly name: string;
  readonly host_status?: string;
}

const test = suite('host_status over REST');

async function withCloud(
  run: (cloud: Cloud) => Promise<void>,
  options: Parameters<typeof openCloud>[0] = {},
) {
  const cloud = await openCloud(options);
  try {
    await run(cloud);
  } finally {
    await cloud.close();
  }
}

async function detail(
  cloud: Cloud,
  as: string,
  query = '',
  version = '2.75',
): Promise<Record<string, string | undefined>> {
  const answer = await cloud.request(as, 'GET', `/v2.1/servers/detail${query}`, { version });
  assert.is(answer.status, 200, query);
  const { servers } = (await answer.json()) as { servers: Server[] };
  return Object.fromEntries(servers.map(({ name, host_status }) => [name, host_status]));
}

test('a fence beats maintenance in one served order, and loses in the other', async () => {
  for (const [order, expected] of [
    ['nova', 'DOWN'],
    ['documented', 'MAINTENANCE'],
  ] as const) {
    await withCloud(async (cloud) => assert.is((await detail(cloud, 'admin@demo'))['srv-07'], expected), {
      order,
    });
  }
});

test('the key is there from 2.16 on in details, from 2.75 on in PUT and rebuild', async () => {
  await withCloud(async (cloud) => {
    cloud.setPolicy(OWNER_SEES_ALL);
    const path = '/v2.1/servers/ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';
    const has = async (method: string, rest: string, version: string, body?: unknown) => {
      const answer = await cloud.request('alice', method, path + rest, {
        version,
        ...(body === undefined ? {} : { body }),
      });
      return 'host_status' in ((await answer.json()) as { server: Server }).server;
    };
    const rename = { server: { name: 'srv-01' } };
    const rebuild = { rebuild: { imageRef: '11111111-2222-3333-4444-555555555555' } };
    assert.equal([await has('GET', '', '2.15'), await has('GET', '', '2.16')], [false, true]);
    assert.equal([await has('PUT', '', '2.74', rename), await has('PUT', '', '2.75', rename)], [false, true]);
    assert.equal(
      [await has('POST', '/action', '2.74', rebuild), await has('POST', '/action', '2.75', rebuild)],
      [false, true],
    );
    const list = await cloud.request('alice', 'GET', '/v2.1/servers', { version: '2.100' });
    assert.not.match(await list.text(), /host_status/);
  });
});

test('callers who may see only UNKNOWN have the key there and nowhere else', async () => {
  await withCloud(async (cloud) => {
    cloud.setPolicy(OWNER_SEES_UNKNOWN);
    const seen = await detail(cloud, 'alice');
    assert.is(seen['srv-02'], 'UNKNOWN');
    assert.equal(new Set(Object.values(seen)), new Set(['UNKNOWN', undefined]));
    assert.is((await detail(cloud, 'admin@demo'))['nohost-error'], '');
  });
});

test('without the right to see it no host is even looked up', async () => {
  await withCloud(async (cloud) => {
    let lookUps = 0;
    const original = cloud.store.computeFacts.bind(cloud.store);
    cloud.store.computeFacts = (hosts) => {
      lookUps++;
      return original(hosts);
    };
    await detail(cloud, 'alice');
    assert.is(lookUps, 0);
    await detail(cloud, 'admin@demo');
    assert.is(lookUps, 1, 'once for the whole page');
  });
});

test('a list can be asked for the servers whose host has a status, for several at once', async () => {
  await withCloud(async (cloud) => {
    cloud.setPolicy(OWNER_SEES_ALL);
    const all = await detail(cloud, 'alice');
    for (const status of ['UP', 'DOWN', 'MAINTENANCE', 'UNKNOWN', '']) {
      const asked = await detail(cloud, 'alice', `?host_status=${status}`);
      assert.equal(asked, Object.fromEntries(Object.entries(all).filter(([, is]) => is === status)), status);
    }
    const two = await detail(cloud, 'alice', '?host_status=UNKNOWN&host_status=DOWN');
    assert.equal(new Set(Object.values(two)), new Set(['UNKNOWN', 'DOWN']));
    const page = await cloud.request(
      'alice',
      'GET',
      '/v2.1/servers?host_status=DOWN&host_status=UP&limit=2',
      { version: '2.75' },
    );
    const {
      servers_links: [next],
    } = (await page.json()) as { servers_links: [{ href: string }] };
    assert.equal(new URL(next.href).searchParams.getAll('host_status'), ['DOWN', 'UP']);
    const wrong = await cloud.request('alice', 'GET', '/v2.1/servers?host_status=down', { version: '2.75' });
    assert.is(wrong.status, 400);
  });
});

test('the filter reveals nothing that the answer would not', async () => {
  await withCloud(async (cloud) => {
    const everything = Object.keys(await detail(cloud, 'alice')).length;
    assert.is(
      Object.keys(await detail(cloud, 'alice', '?host_status=DOWN', '2.74')).length,
      everything,
      'passed over',
    );
    const refused = await cloud.request('alice', 'GET', '/v2.1/servers?host_status=DOWN', {
      version: '2.75',
    });
    assert.is(refused.status, 400);
    cloud.setPolicy(OWNER_SEES_UNKNOWN);
    assert.equal(await detail(cloud, 'alice', '?host_status=DOWN&host_status=UP'), {});
    assert.equal(await detail(cloud, 'alice', '?host_status=UNKNOWN&host_status=UP'), {
      'srv-02': 'UNKNOWN',
    });
  });
});

test('a host without a compute service has the empty status, whatever else is on it', async () => {
  await withCloud(async (cloud) => {
    await putService(cloud, aService({ host: 'net-01', binary: 'nova-network', forcedDown: true }));
    await putInstance(cloud, anInstance({ name: 'odd', projectId: DEMO, host: 'net-01' }));
    assert.is((await detail(cloud, 'admin@demo')).odd, '');
  });
});

test('a server that was deleted has the empty status, whatever its host has', async () => {
  await withCloud(async (cloud) => {
    await cloud.request('alice', 'DELETE', '/v2.1/servers/ed53a620-9ebd-4e3a-af21-6d9f21d0ad37');
    assert.is((await detail(cloud, 'admin@demo', '?deleted=true'))['srv-01'], '');
    assert.equal(await detail(cloud, 'admin@demo', '?deleted=true&host_status=UP'), {});
    assert.equal(await detail(cloud, 'admin@demo', '?deleted=true&host_status='), { 'srv-01': '' });
    const changed = await detail(cloud, 'admin@demo', '?changes-since=2020-01-01&host_status=UP');
    assert.ok(!('srv-01' in changed) && 'srv-11' in changed);
  });
});

test("a server's own state and its host's have nothing to do with each other", async () => {
  await withCloud(async (cloud) => {
    const body = { 'os-resetState': { state: 'error' } };
    const path = '/v2.1/servers/ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';
    assert.is((await cloud.request('admin', 'POST', `${path}/action`, { body })).status, 202);
    const answer = await cloud.request('admin', 'GET', path, { version: '2.16' });
    const { server } = (await answer.json()) as { server: { status: string; host_status: string } };
    assert.equal([server.status, server.host_status], ['ERROR', 'UP']);
  });
});

test.run();
