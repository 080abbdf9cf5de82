/** How owners make, list and revoke watch keys, and what is recorded of it. */

import { readFile } from 'node:fs/promises';
import * as assert from 'uvu/assert';
import { login, request } from '../../support/http.ts';
import { runHostbeat } from '../../support/process.ts';
import { admin, file, get, keyOf, type Made, MINE, member, revoke, server, watchKeySuite } from './world.ts';

const test = watchKeySuite('watch keys of an owner');

test('the list says when a key was last used, and never shows it', async () => {
  const unused = await keyOf({ name: 'unused' });
  const used = await keyOf({ name: 'used', servers: [MINE, MINE.toUpperCase()] });
  await get(`/v1/status?servers=${MINE}`, used.key);
  const { json, status } = await member.request('GET', '/v1/watch-keys');
  assert.is(status, 200);
  const find = (id: string) => json.watch_keys.find((each: Made) => each.id === id);
  assert.is(find(unused.id).last_used_at, null);
  assert.ok(Date.parse(find(used.id).last_used_at) > Date.now() - 60_000);
  assert.equal(find(used.id).servers, [MINE]);
  assert.not.match(JSON.stringify(json), /hbw_|hash/);
  const stranger = await login(server.url, 'stranger', 'pw', 'other');
  assert.equal((await stranger.request('GET', '/v1/watch-keys')).json.watch_keys, []);
  assert.is((await stranger.request('DELETE', `/v1/watch-keys/${used.id}`)).status, 404);
  const page = (await member.request('GET', '/v1/watch-keys?limit=1')).json;
  assert.is(page.watch_keys.length, 1);
  assert.is(
    (await member.request('GET', `/v1/watch-keys?limit=1&marker=${page.next}`)).json.watch_keys.length,
    1,
  );
});

test('what is wrong with a wish is named, and makes no key', async () => {
  const before = (await member.request('GET', '/v1/watch-keys')).json.watch_keys.length;
  for (const [body, field] of [
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x', servers: [] }, 'servers'],
    [{ name: 'x', servers: ['s'.repeat(65)] }, 'servers[0]'],
    [{ name: 'x', servers: 'all' }, 'servers'],
    [{ name: 'x', servers: Array.from({ length: 1_001 }, (_, n) => `s${n}`) }, 'servers'],
    [{ name: 'x', expires_at: 'soon' }, 'expires_at'],
    [{ name: 'x', project_id: 'p-other' }, 'project_id'],
  ] as const) {
    const refused = await member.request('POST', '/v1/watch-keys', body);
    assert.equal([refused.status, refused.json.error.field], [400, field], JSON.stringify(body).slice(0, 80));
  }
  assert.is((await member.request('GET', '/v1/watch-keys')).json.watch_keys.length, before);
});

test('a reader, and a restricted application credential, make and revoke none', async () => {
  const reader = await login(server.url, 'reader', 'pw', 'demo');
  assert.is((await reader.request('POST', '/v1/watch-keys', { name: 'x' })).status, 403);
  const { id: user } = (await admin.request('GET', '/identity/v3/users?name=member')).json.users[0];
  const path = `/identity/v3/users/${user}/application_credentials`;
  for (const [unrestricted, status] of [
    [false, 403],
    [true, 201],
  ] as const) {
    const name = `app-${unrestricted}`;
    const made = (await member.request('POST', path, { application_credential: { name, unrestricted } }))
      .json;
    const { id, secret } = made.application_credential;
    const answer = await fetch(`${server.url}/identity/v3/auth/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        auth: { identity: { methods: ['application_credential'], application_credential: { id, secret } } },
      }),
    });
    await answer.body?.cancel();
    const token = answer.headers.get('x-subject-token') ?? '';
    const asked = await request(`${server.url}/v1/watch-keys`, 'POST', token, { name: 'x' });
    assert.is(asked.status, status, JSON.stringify(asked.json));
    if (status === 201) await revoke(asked.json);
  }
});

test('making and revoking are in the audit log, without the key', async () => {
  const made = await keyOf({ name: 'audited', servers: [MINE] });
  await revoke(made);
  const { json } = await admin.request('GET', `/v1/audit?subject=watch-key:${made.id}`);
  assert.equal(
    json.entries.map(({ action }: { action: string }) => action),
    ['watch_key.revoke', 'watch_key.create'],
  );
  assert.equal(json.entries[1].changes.name, [null, 'audited']);
  assert.equal(json.entries[1].changes.servers, [null, [MINE]]);
  assert.not.match(JSON.stringify(json), /hbw_/);
});

test('neither the database nor the log holds a key', async () => {
  const { key } = await keyOf({ name: 'secret' });
  await get(`/v1/status?servers=${MINE}`, key);
  await get(`/v1/status?servers=${MINE}&token=${key}`, 'wrong');
  if (process.env.HOSTBEAT_TEST_ENGINE === undefined) {
    for (const end of ['', '-wal']) {
      const bytes = await readFile(`${file}${end}`);
      assert.not(bytes.includes(key.slice(4)), `keys.db${end}`);
    }
  }
  assert.not.match(server.log(), key.slice(4));
});

test('a project has as many keys as the setting says, which the refusal names', async () => {
  const { json } = await member.request('GET', '/v1/watch-keys');
  for (let n = json.watch_keys.length; n < 20; n++) await keyOf({ name: `fill ${n}` });
  const answers: number[] = [];
  let last: { code: string; message: string } | undefined;
  for (let n = 0; n < 4; n++) {
    const more = await member.request('POST', '/v1/watch-keys', { name: 'one more' });
    answers.push(more.status);
    last = more.json.error;
  }
  // An expired one gave its place to the first.
  assert.is(answers.at(-1), 409);
  assert.match(last?.message ?? '', /limit of 20 watch keys \(HOSTBEAT_MAX_WATCH_KEYS_PER_PROJECT\)/);
  for (const each of (await member.request('GET', '/v1/watch-keys')).json.watch_keys) await revoke(each);
  await keyOf({ name: 'again' });
});

test('the command makes, lists and revokes keys', async () => {
  const env = { HOSTBEAT_TOKEN: member.token, HOSTBEAT_URL: server.url };
  const made = await runHostbeat(
    ['key', 'add', '--name', 'by hand', '--server', MINE, '--expires', '90d'],
    env,
  );
  assert.is(made.code, 0, made.stderr);
  assert.match(made.stdout, /^hbw_[\w-]{43}\n$/, 'nothing but the key on standard output');
  assert.match(made.stderr, server.url);
  const key = made.stdout.trim();
  assert.is((await get(`/v1/status?servers=${MINE}`, key)).json.servers.length, 1);
  const listed = await runHostbeat(['key', 'list', '--json'], env);
  const own = JSON.parse(listed.stdout).find(({ name }: { name: string }) => name === 'by hand');
  assert.equal(own.servers, [MINE]);
  assert.ok(Date.parse(own.expires_at) > Date.now() + 89 * 86_400_000);
  assert.match((await runHostbeat(['key', 'list'], env)).stdout, /LAST USED\n/);
  assert.is((await runHostbeat(['key', 'revoke', own.id], env)).code, 0);
  assert.is((await get(`/v1/status?servers=${MINE}`, key)).status, 401);
  const again = await runHostbeat(['key', 'revoke', own.id], env);
  assert.is.not(again.code, 0);
  assert.match(again.stderr, /there is no key ".*"; "hostbeat key list" shows/);
  const refused = await runHostbeat(['key', 'add', '--name', 'x', '--expires', 'soon'], env);
  assert.match(refused.stderr, /--expires/);
});

test.run();
