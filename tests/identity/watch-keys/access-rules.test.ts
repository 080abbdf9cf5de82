import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { allows, OUR_SERVICES } from '../../../server/identity/access-rules/access-rules.ts';

const test = suite('access rules');

const CASES: readonly [pattern: string, path: string, isAllowed: boolean][] = [
  ['/v2.1/servers', '/v2.1/servers', true],
  ['/v2.1/servers', '/v2.1/servers/', false],
  ['/v2.1/servers', '/v2.1/serversx', false],
  ['/v2.1/servers', '/x/v2.1/servers', false],
  ['/v2.1/servers', '/v2a1/servers', false],
  ['/v2.1/servers/*', '/v2.1/servers/5b1a', true],
  ['/v2.1/servers/{server_id}', '/v2.1/servers/5b1a', true],
  ['/v2.1/servers/*', '/v2.1/servers/5b1a/tags', false],
  ['/v2.1/servers/*', '/v2.1/servers/', false],
  ['/v2.1/servers/*', '/v2.1/servers/5b1a%2Ftags', false],
  ['/v2.1/servers/*/tags', '/v2.1/servers/5b1a/tags', true],
  ['/v2.1/**', '/v2.1/servers/5b1a/tags', true],
  ['/**', '/v1/stream', true],
  ['/v1/stream', '/v1/stream', true],
  ['/v1/(stream|events)', '/v1/stream', false],
  ['/v1/s.*', '/v1/stream', false],
  ['/v1/[a-z]+', '/v1/stream', false],
  ['', '/v1/stream', false],
];

test('a pattern means one segment by a star or a tag, any number by two', () => {
  for (const [path, requested, isAllowed] of CASES) {
    const rules = [{ service: 'compute', method: 'GET', path }];
    assert.is(allows(rules, { method: 'GET', path: requested }), isAllowed, `${path} of ${requested}`);
  }
});

test('service and method must both fit, and one rule is enough', () => {
  const path = '/v2.1/servers';
  const rules = [
    { service: 'identity', method: 'GET', path },
    { service: 'compute', method: 'DELETE', path },
  ];
  assert.not(allows(rules, { method: 'GET', path }));
  assert.ok(allows(rules, { method: 'DELETE', path }));
  assert.ok(allows(rules, { method: 'GET', path }, ['identity']));
  for (const service of OUR_SERVICES)
    assert.ok(allows([...rules, { service, method: 'GET', path }], { method: 'GET', path }), service);
});

test('without rules nothing is allowed, and without a request neither', () => {
  assert.not(allows([], { method: 'GET', path: '/' }));
  assert.not(allows([{ service: 'compute', method: 'GET', path: '/**' }], undefined));
});

test('a pattern of many stars costs linear time', () => {
  const path = `/${'**a'.repeat(70)}`;
  assert.not(
    allows([{ service: 'compute', method: 'GET', path }], { method: 'GET', path: `/${'a'.repeat(20_000)}b` }),
  );
});

test.run();
