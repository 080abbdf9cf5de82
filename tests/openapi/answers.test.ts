/** What the compute API answers is what `/openapi.json` says of it, at every microversion. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { z } from 'zod';
import { MAX_VERSION, MIN_VERSION, SINCE } from '../../server/nova/microversions.ts';
import { ROUTES } from '../../server/nova/routes.ts';
import { createOpenApi } from '../../server/openapi/app.ts';
import { type Cloud, openCloud } from '../nova/cloud.ts';
import { replay } from '../nova/recorded.ts';

const SRV01 = 'ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';
const IMAGE = '11111111-2222-4333-8444-555555555555';

const test = suite('answers of the compute API');
const app = createOpenApi('http://nova.example');
// biome-ignore lint/suspicious/noExplicitAny: a document is read as one
const documents = new Map<number, any>();
const schemas = new Map<string, z.ZodType | null>();

async function documentAt(version: number) {
  const document =
    documents.get(version) ?? (await (await app.request(`/openapi.json?microversion=2.${version}`)).json());
  documents.set(version, document);
  return document;
}

/** Of `/v2.1/servers/{id}` and the like: the route that a path was served by. */
function routeOf(method: string, path: string) {
  return ROUTES.find((route) => {
    const pattern = route.path.replace(/:\w+/g, '[^/]+');
    return route.method === method && new RegExp(`^/v2.1(/[0-9a-f]{32})?${pattern}$`).test(path);
  });
}

/** The schema that is published for an answer; null where it has no body. */
async function published(version: number, method: string, path: string, status: number) {
  const at = `/v2.1${routeOf(method, path)?.path.replace(/:(\w+)/g, '{$1}')}`;
  const key = `${version} ${method} ${at} ${status}`;
  const known = schemas.get(key);
  if (known !== undefined) return known;
  const operation = (await documentAt(version)).paths[at]?.[method.toLowerCase()];
  const response =
    status < 400 ? operation?.responses[status] : (await documentAt(version)).components.responses.refused;
  assert.ok(response, `${key} is described nowhere`);
  const json = JSON.stringify(response.content?.['application/json'].schema ?? null);
  // Most are the same at many versions.
  const schema = schemas.get(json) ?? (json === 'null' ? null : z.fromJSONSchema(JSON.parse(json)));
  schemas.set(json, schema);
  schemas.set(key, schema);
  return schema;
}

async function check(version: number, method: string, path: string, status: number, text: string) {
  const schema = await published(version, method, path, status);
  if (text === '') return;
  const result = schema?.safeParse(JSON.parse(text));
  const at = result?.error?.issues.map(({ path: where, message }) => `${where.join('/')}: ${message}`);
  assert.ok(result?.success, `2.${version} ${method} ${path}: ${at}`);
}

test('every recorded question is answered as published', async () => {
  const checks: (() => Promise<void>)[] = [];
  await replay(({ method, path }, answer, text) => {
    const version = answer.headers.get('x-openstack-nova-api-version')?.split('.')[1];
    const { pathname } = new URL(path, 'http://nova.example');
    if (answer.status >= 300 || version === undefined || routeOf(method, pathname) === undefined) return;
    checks.push(() => check(Number(version), method, pathname, answer.status, text));
  });
  assert.ok(checks.length > 250, `${checks.length}`);
  for (const one of checks) await one();
});

/** A way through everything that has a body, for an administrator and for an owner. */
async function walk(cloud: Cloud, version: number): Promise<void> {
  const ask = async (as: string, method: string, path: string, body?: unknown) => {
    const answer = await cloud.request(as, method, `/v2.1${path}`, {
      version: `2.${version}`,
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    const { pathname } = new URL(path, 'http://nova.example');
    await check(version, method, `/v2.1${pathname}`, answer.status, text);
    return { status: answer.status, json: text === '' ? undefined : JSON.parse(text) };
  };
  for (const as of ['admin@demo', 'alice']) {
    for (const { method, path } of ROUTES) {
      // Operations for administrators refuse owners in one way.
      const theirs = as !== 'alice' || /^\/(servers|flavors|limits)/.test(path);
      const few = path.startsWith('/servers') && !path.includes(':') ? '?limit=2' : '';
      if (method === 'GET' && theirs) await ask(as, method, path.replace(':id', SRV01) + few);
    }
    for (const path of ['/flavors/1', '/os-hosts/cmp-01']) {
      await ask(as, 'GET', path);
    }
    await ask(as, 'PUT', `/servers/${SRV01}`, { server: { name: 'srv-01' } });
    await ask(as, 'POST', `/servers/${SRV01}/metadata`, { metadata: { a: 'b' } });
    await ask(as, 'PUT', `/servers/${SRV01}/tags`, { tags: ['a'] });
    const rebuilt = await ask(as, 'POST', `/servers/${SRV01}/action`, { rebuild: { imageRef: IMAGE } });
    assert.is(rebuilt.status, 202);
    await ask(as, 'GET', `/servers/${SRV01}/os-instance-actions`);
  }
  const listed = await ask('admin', 'GET', '/os-hypervisors/detail');
  await ask('admin', 'GET', `/os-hypervisors/${listed.json.hypervisors[0].id}`);
  await ask('admin', 'GET', '/os-hypervisors/cmp-01/servers');
  await ask('admin', 'GET', '/extensions/os-services');
  const server = { name: 'n', flavorRef: '1', imageRef: IMAGE, availability_zone: 'nova:cmp-01' };
  const networks = version >= 37 ? { networks: 'none' } : {};
  const made = await ask('admin@demo', 'POST', '/servers', { server: { ...server, ...networks } });
  assert.is(made.status, 202);
  assert.is((await ask('admin', 'DELETE', `/servers/${made.json.server.id}`)).status, 204);
}

test('at every version, to administrators and owners', async () => {
  const cloud = await openCloud();
  const changing = new Set<number>([MIN_VERSION, ...Object.values(SINCE)]);
  try {
    for (let version = MIN_VERSION; version <= MAX_VERSION; version++) {
      if (changing.has(version)) await walk(cloud, version);
      else await isAsBefore(cloud, version);
    }
  } finally {
    await cloud.close();
  }
});

/** A version that changes nothing here publishes what the one before it does, and answers so. */
async function isAsBefore(cloud: Cloud, version: number): Promise<void> {
  assert.equal((await documentAt(version)).paths, (await documentAt(version - 1)).paths, `2.${version}`);
  const answer = async (at: number) =>
    (await cloud.request('admin', 'GET', `/v2.1/servers/${SRV01}`, { version: `2.${at}` })).json();
  assert.equal(await answer(version), await answer(version - 1));
}

test('a malformed version is refused by name', async () => {
  for (const version of ['2.0', '2.101', '3.1', 'x', '']) {
    assert.is((await app.request(`/openapi.json?microversion=${version}`)).status, 400, version);
  }
  assert.match(
    (await documentAt(16)).tags.find((tag: { name: string }) => tag.name === 'compute').description,
    /2\.16$/,
  );
  assert.not.ok('/v2.1/servers/{id}/tags' in (await documentAt(25)).paths);
  assert.not.ok('/v2.1/os-hosts' in (await documentAt(43)).paths);
});

test.run();
