/** The identity API as clients meet it on the wire: paths, methods, names of headers, bodies. Over a real socket. */
import { once } from 'node:events';
import { request } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { createApp } from '../../../server/app.ts';
import { Origin } from '../../../server/config/base-url.ts';
import { createKeystoneApp } from '../../../server/identity/keystone-v3/app.ts';
import { toResponse } from '../../../server/plain-http.ts';
import { listen } from '../../../server/runtime/http.ts';
import { noEvents } from '../../../server/telemetry/events.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { onProject, openWorld, type World } from '../world.ts';

interface Context {
  readonly world: World;
  ask(method: string, path: string, headers?: Record<string, string>, body?: string): Promise<Raw>;
  close(): Promise<void>;
}
interface Raw {
  readonly status: number | undefined;
  readonly text: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  header(name: string): string | undefined;
}

const test = suite<Context>('identity API on the wire');

test.before.each(async (context) => {
  const world = await openWorld();
  const origin = new Origin({});
  const keystone = createKeystoneApp({
    ...world.identity,
    baseUrl: origin.baseUrl,
    region: 'RegionOne',
    logger: noLogger,
  });
  const answered = { status: 299, headers: {}, body: 'the compute API' };
  const nova = { answer: async () => answered, fetch: async () => toResponse(answered) };
  const mount = (app: { route(path: string, other: unknown): unknown }) => app.route('/', keystone);
  const app = createApp({ own: [mount as never], nova, posts: {}, sockets: {} }, origin, noEvents);
  const edge = await listen({ ...app, host: '127.0.0.1', port: 0, maxFrame: 65_536 } as never);
  Object.assign(context, {
    world,
    close: async () => {
      await edge.close();
      await world.close();
    },
    ask: async (method: string, path: string, headers = {}, body?: string): Promise<Raw> => {
      const asked = request({ host: '127.0.0.1', port: edge.port, method, path, headers, agent: false });
      asked.end(body);
      const [answer] = await once(asked, 'response');
      let text = '';
      for await (const chunk of answer) text += chunk;
      const { statusCode: status, rawHeaders } = answer;
      return { status, text, rawHeaders, header: (name) => answer.headers[name.toLowerCase()] };
    },
  });
});
test.after.each(({ close }) => close());

const LOGIN = JSON.stringify({
  auth: {
    identity: {
      methods: ['password'],
      password: { user: { name: 'alice', domain: { id: 'default' }, password: 'alicepw' } },
    },
    scope: onProject('demo'),
  },
});
const TOKENS = '/identity/v3/auth/tokens';
const JSON_TYPE = { 'Content-Type': 'application/json' };

test('headers have the names that Keystone writes, of answers with and without a body', async ({ ask }) => {
  const login = await ask('POST', TOKENS, JSON_TYPE, LOGIN);
  assert.is(login.status, 201);
  const token = login.header('X-Subject-Token') ?? '';
  const both = { 'X-Auth-Token': token, 'X-Subject-Token': token };
  for (const answer of [login, await ask('GET', TOKENS, both), await ask('HEAD', TOKENS, both)])
    for (const name of ['X-Subject-Token', 'Vary', 'Content-Type', 'x-openstack-request-id'])
      assert.ok(answer.rawHeaders.includes(name), `${name} in ${answer.rawHeaders}`);
  const refused = await ask('GET', '/identity/v3/users');
  assert.is(refused.status, 401);
  assert.ok(refused.rawHeaders.includes('WWW-Authenticate'));
});

test('an unknown path is 404 and a wrong method 405, before a token is asked for', async ({ ask }) => {
  for (const path of [
    '/identity/v3/nothing',
    '/identity/v3/auth/nothing',
    '/identity/v2.0/tokens',
    '/identity/v3/users/a/b/c',
  ])
    assert.is((await ask('GET', path)).status, 404, path);
  const wrong = await ask('PUT', TOKENS);
  assert.is(wrong.status, 405);
  assert.is(wrong.header('Allow'), 'DELETE, GET, HEAD, OPTIONS, POST');
  assert.is((await ask('GET', '/identity/v3/users')).status, 401);
});

test('OPTIONS says what a path takes', async ({ ask }) => {
  const answer = await ask('OPTIONS', TOKENS);
  assert.equal([answer.status, answer.header('Allow')], [200, 'DELETE, GET, HEAD, OPTIONS, POST']);
});

test('a slash at the end makes no difference', async ({ ask, world }) => {
  assert.is((await ask('POST', `${TOKENS}/`, JSON_TYPE, LOGIN)).status, 201);
  const { token } = await world.logIn('alice', 'alicepw', onProject('demo'));
  const headers = { 'X-Auth-Token': token };
  for (const path of ['/auth/projects/', '/auth/catalog//', `/users/${world.ids.alice}/`, '/'])
    assert.is((await ask('GET', `/identity/v3${path}`, headers)).status, 200, path);
  assert.is((await ask('GET', '/identity/')).status, 300);
});

test('doubled slashes are redirected to the path with single ones, as Keystone does', async ({ ask }) => {
  const answer = await ask('POST', '/identity//v3//auth/tokens?nocatalog', JSON_TYPE, LOGIN);
  assert.is(answer.status, 308);
  assert.match(answer.header('Location') ?? '', /^http:\/\/[^/]+\/identity\/v3\/auth\/tokens\?nocatalog$/);
  assert.is((await ask('GET', '/identity//v3//nothing')).status, 404);
});

test('a byte order mark before a body is passed over', async ({ ask }) => {
  assert.is((await ask('POST', TOKENS, JSON_TYPE, `\uFEFF${LOGIN}`)).status, 201);
});

test('a name beside an id decides, of users, projects and domains', async ({ ask, world }) => {
  const { alice, demo } = world.ids;
  const status = async (user: object, project?: object) => {
    const identity = { methods: ['password'], password: { user: { ...user, password: 'alicepw' } } };
    const auth = { identity, ...(project === undefined ? {} : { scope: { project } }) };
    return (await ask('POST', TOKENS, JSON_TYPE, JSON.stringify({ auth }))).status;
  };
  const domain = { id: 'default' };
  assert.is(await status({ id: 'nobody', name: 'alice', domain }), 201);
  assert.is(await status({ id: alice, name: 'nobody', domain }), 401);
  assert.is(await status({ id: alice, name: 'alice' }), 400, 'a name needs a domain');
  assert.is(await status({ id: alice }), 201);
  assert.is(await status({ name: 'alice', domain: { id: 'nowhere', name: 'Default' } }), 201);
  assert.is(await status({ name: 'alice', domain: { id: 'default', name: 'Nowhere' } }), 401);
  assert.is(await status({ id: alice }, { id: 'nothing', name: 'demo', domain }), 201);
  assert.is(await status({ id: alice }, { id: demo, name: 'nothing', domain }), 401);
});

test.run();
