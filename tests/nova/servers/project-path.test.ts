/** What the path names must be the caller's, and each thing has its own rule. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Cloud, identityOf, openCloud } from '../cloud.ts';

const test = suite<{ cloud: Cloud }>('projects and rules of a request');
test.before.each(async (context) => {
  context.cloud = await openCloud();
});
test.after.each(({ cloud }) => cloud.close());

const PATH = '/v2.1/servers/ed53a620-9ebd-4e3a-af21-6d9f21d0ad37';

test('a project in the path that is not that of the token is 400', async ({ cloud }) => {
  const own = identityOf('alice')?.projectId;
  const status = async (as: string, path: string) => (await cloud.request(as, 'GET', path)).status;
  for (const path of ['servers', 'servers/detail', 'flavors', 'limits']) {
    assert.is(await status('alice', `/v2.1/${own}/${path}`), 200, path);
    assert.is(await status('alice', `/v2.1/${identityOf('admin')?.projectId}/${path}`), 400, path);
    assert.is(await status('admin', `/v2.1/${own}/${path}`), 400, `${path}, for an administrator too`);
  }
});

for (const [rule, path] of [
  ['os_compute_api:server-metadata:index', '/metadata'],
  ['os_compute_api:server-metadata:show', '/metadata/a'],
  ['os_compute_api:os-instance-actions:list', '/os-instance-actions'],
  ['os_compute_api:ips:index', '/ips'],
] as const) {
  test(`${rule} is asked before ${path} is shown`, async ({ cloud }) => {
    const status = async () => (await cloud.request('alice', 'GET', `${PATH}${path}`)).status;
    assert.is.not(await status(), 403);
    cloud.setPolicy(`"${rule}": "!"`);
    assert.is(await status(), 403);
  });
}

test('a body with U+0000 anywhere is 400 and names it', async ({ cloud }) => {
  const ask = (root: string, body: object) =>
    cloud.request('alice', 'POST', `${PATH.replace('/v2.1', root)}/metadata`, { body });
  for (const [root, body] of [
    ['/v2.1', { metadata: { a: 'x\0y' } }],
    // What the legacy API would pass over.
    ['/v2', { metadata: { a: 'x' }, colour: '\0' }],
    ['/v2', { metadata: { a: 'x' }, 'col\0ur': 'red' }],
  ] as const) {
    const answer = await ask(root, body);
    assert.is(answer.status, 400, JSON.stringify(body));
    assert.match(await answer.text(), 'U+0000');
  }
  assert.is((await ask('/v2', { metadata: { a: 'x' }, colour: 'red' })).status, 200);
});

test.run();
