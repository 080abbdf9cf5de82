/** Answers are kept for those who poll. Whatever changes, the next one says so. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { COMPUTE } from '../../../server/domain/service.ts';
import { onSwitched } from '../../../server/domain/transition.ts';
import { type Cloud, openCloud } from '../cloud.ts';

const ID = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';
const OWNER_SEES_ALL = '"os_compute_api:servers:show:host_status": "rule:admin_or_owner"';

interface Server {
  readonly id: string;
  readonly name: string;
  readonly host_status?: string;
  readonly 'OS-EXT-SRV-ATTR:host'?: string;
  readonly links: readonly { readonly href: string }[];
}

const test = suite<{ cloud: Cloud }>('what pollers read');

test.before.each(async (context) => {
  context.cloud = await openCloud();
});

test.after.each(({ cloud }) => cloud.close());

/** Alone and in a list, twice each: they must agree. */
async function polled(cloud: Cloud, as: string, version = '2.75', origin = 'http://nova.example') {
  const headers = { 'X-Auth-Token': as, 'OpenStack-API-Version': `compute ${version}` };
  const get = async (path: string) => (await cloud.ask(`${origin}/v2.1/servers/${path}`, { headers })).json();
  const found: Server[] = [];
  for (const _ of ['at first', 'and again']) {
    const { server } = (await get(ID)) as { server: Server & { server_groups?: unknown } };
    const { server_groups: _, ...common } = server;
    const { servers } = (await get('detail')) as { servers: Server[] };
    found.push(common, servers.find(({ id }) => id === ID) as Server);
  }
  for (const other of found) assert.equal(other, found[0]);
  return found[0] as Server;
}

test('a poll shows a host that fails and a server that is renamed', async ({ cloud }) => {
  const before = await polled(cloud, 'admin@demo');
  assert.is(before.host_status, 'UP');
  const host = before['OS-EXT-SRV-ATTR:host'] as string;
  const by = { actor: 'u', at: cloud.clock.now() };
  await cloud.store.updateService({ host, binary: COMPUTE }, (service) =>
    onSwitched(service, { forcedDown: true }, by, cloud.rules),
  );
  assert.equal(await polled(cloud, 'admin@demo'), { ...before, host_status: 'DOWN' });
  const renamed = await cloud.request('alice', 'PUT', `/v2.1/servers/${ID}`, {
    body: { server: { name: 'other' } },
  });
  assert.is(renamed.status, 200);
  assert.is((await polled(cloud, 'admin@demo')).name, 'other');
});

test('by policy as it is now, to each in their own way', async ({ cloud }) => {
  for (const _ of ['at first', 'and again']) {
    assert.is((await polled(cloud, 'admin@demo')).host_status, 'UP');
    assert.is((await polled(cloud, 'admin@demo', '2.15')).host_status, undefined);
    cloud.setPolicy(OWNER_SEES_ALL);
    assert.is((await polled(cloud, 'alice')).host_status, 'UP');
    assert.is((await polled(cloud, 'alice'))['OS-EXT-SRV-ATTR:host'], undefined);
    cloud.setPolicy('');
    assert.is((await polled(cloud, 'alice')).host_status, undefined);
  }
});

test('with links to where they asked', async ({ cloud }) => {
  for (const origin of ['http://nova.example', 'https://other.example', 'http://nova.example']) {
    const { links } = await polled(cloud, 'alice', '2.75', origin);
    assert.ok(links.every(({ href }) => href.startsWith(`${origin}/`)));
  }
});

test.run();
