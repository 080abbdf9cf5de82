/** Every path of every API, asked by every method it has not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ROUTES } from '../../server/nova/routes.ts';
import { openWholeServer } from '../openapi/whole-server.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'];
/** Here a HEAD would open a stream, or a search, that is read by nobody. */
const NO_HEAD = ['/v1/events', '/v1/changes', '/v1/history', '/v1/status', '/v1/explain'];
const SOCKETS = ['/v1/stream', '/v1/agent'];
const ID = '11111111-2222-4333-8444-555555555555';

const test = suite('methods that a path has not');
const server = await openWholeServer();
const token = await server.logIn('admin', 'pw', 'admin');
const routes = server.routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'));
const paths = [...new Set(routes.map(({ path }) => path))].filter((path) => path !== '/');
test.after(() => server.close());

function methodsOf(path: string): string[] {
  const found = routes.filter((route) => route.path === path).map(({ method }) => method);
  const more = found.includes('GET') && !NO_HEAD.includes(path) && !SOCKETS.includes(path) ? ['HEAD'] : [];
  return [...new Set([...found, ...more, ...(path.startsWith('/identity') ? ['OPTIONS'] : [])])].sort();
}

const filled = (path: string) => path.replaceAll(/:\w+(\{.*\})?/g, ID);

for (const path of paths) {
  const allowed = methodsOf(path);
  test(`${path}: 405, and Allow: ${allowed.join(', ')}`.slice(0, 120), async () => {
    for (const method of METHODS.filter((one) => !allowed.includes(one))) {
      if (SOCKETS.includes(path) && method === 'HEAD') continue;
      const { status, headers } = await server.ask(method, filled(path), token);
      assert.is(status, 405, method);
      assert.is(headers.get('allow'), allowed.join(', '), method);
    }
  });
}

test('an unknown path is 404 for every method', async () => {
  for (const path of ['/v1/nosuch', '/v1/webhooks/a/b/c', '/identity/v3/nosuch', '/identity/v4']) {
    for (const method of METHODS) assert.is((await server.ask(method, path, token)).status, 404, path);
  }
});

test('the compute API says 404, as Nova’s router does, and repeats its headers', async () => {
  const under = ROUTES.map(({ path }) => path);
  for (const path of new Set(under)) {
    const known = ROUTES.filter((route) => matches(route.path, path)).map(({ method }): string => method);
    for (const method of METHODS.filter((one) => !known.includes(one))) {
      const { status, headers } = await server.ask(method, `/v2.1${filled(path)}`, token);
      assert.is(status, 404, `${method} ${path}`);
      assert.ok(headers.get('x-compute-request-id'));
      assert.is(headers.get('allow'), null);
    }
  }
});

/** Does a route's path, whose names are anything, match another route's? */
function matches(pattern: string, path: string): boolean {
  const segments = path.split('/');
  const parts = pattern.split('/');
  return (
    parts.length === segments.length && parts.every((part, n) => part.startsWith(':') || part === segments[n])
  );
}

test.run();
