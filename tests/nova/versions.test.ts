import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { MAX_VERSION } from '../../server/nova/microversions.ts';
import { type Cloud, identityOf, openCloud } from './cloud.ts';

interface Context {
  cloud: Cloud;
}
interface Document {
  readonly version: { readonly id: string; readonly version: string; readonly links: { href: string }[] };
}

const DEMO = identityOf('alice')?.projectId as string;

const test = suite<Context>('version documents and paths');

test.before(async (context) => {
  context.cloud = await openCloud();
});
test.after(({ cloud }) => cloud.close());

test('every link of the list of versions leads to a document with the same link', async ({ cloud }) => {
  const list = (await (await cloud.request(null, 'GET', '/')).json()) as { versions: Document['version'][] };
  assert.equal(
    list.versions.map(({ id, version }) => [id, version]),
    [
      ['v2.0', ''],
      ['v2.1', `2.${MAX_VERSION}`],
    ],
  );
  for (const { links } of list.versions) {
    const href = links[0]?.href as string;
    const answer = await cloud.request(null, 'GET', new URL(href).pathname);
    const document = (await answer.json()) as Document;
    assert.is(document.version.links[0]?.href, href);
  }
});

test('the document below a project needs a token, with a slash at its end and without', async ({ cloud }) => {
  for (const path of [`/v2.1/${DEMO}`, `/v2.1/${DEMO}/`]) {
    assert.is((await cloud.request(null, 'GET', path)).status, 401);
    const answer = await cloud.request('alice', 'GET', path);
    assert.is(((await answer.json()) as Document).version.id, 'v2.1');
    assert.is((await cloud.request('bob', 'GET', path)).status, 400);
  }
});

test('every path exists below the project too', async ({ cloud }) => {
  for (const path of [
    'servers',
    'servers/detail',
    'flavors',
    'limits',
    'os-availability-zone',
    'extensions',
  ]) {
    assert.is((await cloud.request('alice', 'GET', `/v2.1/${DEMO}/${path}`)).status, 200, path);
    assert.is((await cloud.request('alice', 'GET', `/v2.1/${path}`)).status, 200, path);
  }
  for (const path of [
    'os-services',
    'os-hypervisors',
    'os-hypervisors/detail',
    'os-aggregates',
    'os-availability-zone/detail',
  ]) {
    assert.is((await cloud.request('admin', 'GET', `/v2.1/${path}`)).status, 200, path);
    assert.is((await cloud.request('alice', 'GET', `/v2.1/${path}`)).status, 403, path);
  }
});

test('the legacy API is the oldest version, whatever is asked of it', async ({ cloud }) => {
  const answer = await cloud.request('alice', 'GET', '/v2/servers/detail', { version: '2.75' });
  const { servers } = (await answer.json()) as { servers: Record<string, unknown>[] };
  assert.not.ok('locked' in (servers[0] ?? {}));
  assert.is(answer.headers.get('openstack-api-version'), null);
  assert.match(JSON.stringify(servers[0]?.links), /example\/v2\/servers\//);
});

test('the legacy API takes blanks around a name, and means it without', async ({ cloud }) => {
  const id = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';
  const put = async (root: string, server: object) => {
    const answer = await cloud.request('alice', 'PUT', `${root}/servers/${id}`, { body: { server } });
    // biome-ignore lint/suspicious/noExplicitAny: a test reads any shape
    return [answer.status, ((await answer.json()) as any).server?.name];
  };
  assert.equal(await put('/v2.1', { name: ' srv-01 ' }), [400, undefined]);
  assert.equal(await put('/v2', { name: ' srv-01 ', colour: 'red' }), [200, 'srv-01']);
  assert.equal(await put('/v2', { name: '  ' }), [400, undefined]);
});

test('a missing or bad token is answered as by Keystone’s filter, before all else', async ({ cloud }) => {
  for (const as of [null, 'nobody', '']) {
    const answer = await cloud.request(as, 'GET', '/v2.1/nosuch', { version: '9.9' });
    assert.is(answer.status, 401);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Keystone uri="/);
    assert.match(answer.headers.get('x-openstack-request-id') ?? '', /^req-[0-9a-f-]{36}$/);
    assert.equal(Object.keys((await answer.json()) as object), ['error']);
  }
});

test('JSON is given whatever a client accepts', async ({ cloud }) => {
  for (const accept of ['', '*/*', 'text/html', 'application/json;q=0.1', 'application/xml']) {
    const answer = await cloud.request('alice', 'GET', '/v2.1/servers', { headers: { Accept: accept } });
    assert.is(answer.headers.get('content-type'), 'application/json', accept);
  }
  const vendor = 'application/vnd.openstack.compute+json';
  const answer = await cloud.request('alice', 'GET', '/v2.1/servers', { headers: { Accept: vendor } });
  assert.is(answer.headers.get('content-type'), vendor);
});

test('a flavor of a server is found under the link that the server gives', async ({ cloud }) => {
  const detail = (await (await cloud.request('alice', 'GET', '/v2.1/servers/detail?limit=1')).json()) as {
    servers: { flavor: { id: string } }[];
  };
  const id = detail.servers[0]?.flavor.id as string;
  const answer = await cloud.request('alice', 'GET', `/v2.1/flavors/${id}`, { version: '2.61' });
  assert.equal(((await answer.json()) as { flavor: { name: string } }).flavor.name, 'm1.tiny');
  assert.is((await cloud.request('alice', 'GET', '/v2.1/flavors/detail?is_public=None')).status, 200);
  assert.is((await cloud.request('alice', 'GET', '/v2.1/flavors/nosuch')).status, 404);
});

test('an evacuation finds the servers on a host, in the form of either version', async ({ cloud }) => {
  const uuids = async (path: string, version: string) => {
    const answer = await cloud.request('admin', 'GET', `/v2.1/os-hypervisors${path}`, { version });
    const { hypervisors } = (await answer.json()) as { hypervisors: { servers: { name: string }[] }[] };
    return hypervisors.flatMap(({ servers }) => servers.map(({ name }) => name)).sort();
  };
  const expected = ['other-01', 'srv-01', 'srv-11'];
  assert.equal(await uuids('/cmp-01/servers', '2.52'), expected);
  assert.equal(await uuids('?hypervisor_hostname_pattern=cmp-01&with_servers=True', '2.53'), expected);
  assert.is(
    (await cloud.request('admin', 'GET', '/v2.1/os-hypervisors/cmp-01/servers', { version: '2.53' })).status,
    404,
  );
  assert.is((await cloud.request('admin', 'GET', '/v2.1/os-hypervisors/nosuch/search')).status, 404);
});

test('doubled slashes count as one, before a project and below it', async ({ cloud }) => {
  for (const path of [
    '//v2.1/servers',
    '/v2.1//servers',
    `/v2.1//${DEMO}///servers`,
    '//v2//servers//detail',
  ]) {
    assert.is((await cloud.request('alice', 'GET', path)).status, 200, path);
  }
  const [bare, doubled] = await Promise.all(
    [`/v2.1/${DEMO}/servers`, `//v2.1//${DEMO}//servers`].map(async (path) =>
      (await cloud.request('alice', 'GET', path)).json(),
    ),
  );
  assert.equal(doubled, bare, 'links name the project all the same');
  assert.is((await cloud.request('alice', 'GET', '/v2.1/servers/')).status, 404, 'no slash at the end');
});

test('floating addresses are an empty list until 2.35', async ({ cloud }) => {
  const ask = (version: string) => cloud.request('alice', 'GET', '/v2.1/os-floating-ips', { version });
  assert.equal(await (await ask('2.35')).json(), { floating_ips: [] });
  assert.is((await ask('2.36')).status, 404);
});

test.run();
