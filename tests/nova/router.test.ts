import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Router } from '../../server/nova/router.ts';
import { ROUTES } from '../../server/nova/routes.ts';

const test = suite('router of the compute API');
const router = new Router(ROUTES);
const found = (path: string, method = 'GET') => {
  const routed = router.find(method, path);
  return routed && { path: routed.route.path, ...routed.params };
};

test('every route of the table is found under its own path', () => {
  for (const route of ROUTES) {
    assert.is(router.find(route.method, route.path.replaceAll(/:\w+/g, 'x'))?.route, route, route.path);
  }
});

test('a literal goes before a name, and gives way where it leads nowhere', () => {
  assert.equal(found('/servers/detail'), { path: '/servers/detail' });
  assert.equal(found('/servers/s1'), { path: '/servers/:id', id: 's1' });
  assert.equal(found('/servers/detail/metadata'), { path: '/servers/:id/metadata', id: 'detail' });
});

test('names are decoded, and what cannot be is left as it is', () => {
  assert.is(found('/servers/s1/tags/a%2Fb')?.path, '/servers/:id/tags/:key');
  assert.equal(router.find('GET', '/servers/s1/tags/a%2Fb')?.params, { id: 's1', key: 'a/b' });
  assert.equal(router.find('GET', '/servers/%zz')?.params, { id: '%zz' });
});

test('other methods, empty names and longer paths match no route', () => {
  for (const path of ['', '/', '/servers/', '/servers//metadata', '/servers/s1/metadata/k/more', '/nosuch']) {
    assert.is(found(path), undefined, path);
  }
  assert.is(found('/servers', 'PATCH'), undefined);
  assert.is(found('/servers', 'HEAD'), undefined);
});

test.run();
