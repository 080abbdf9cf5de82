/** A server as it is run, from outside: the REST API, the command line, a restart, and the other ways to the same log. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from '../../server/cli/index.ts';
import { EXIT } from '../../server/cli/support/exit-codes.ts';
import { testTerminal } from '../cli/output/terminal.ts';
import { SseReader } from '../support/clients/sse-reader.ts';
import { login } from '../support/http.ts';
import { runHostbeat, startServer, temporaryFolder } from '../support/process.ts';
import { Endpoint, isSigned } from './endpoint.ts';

const test = suite('webhooks of a running server');

const service = { uuid: randomUUID(), host: 'c1', binary: 'nova-compute' };
const vm = { id: randomUUID(), name: 'vm', project_id: 'p1', host: 'c1' };
const SEED = {
  projects: [
    { id: 'p1', name: 'p1' },
    { id: 'p2', name: 'p2' },
  ],
  users: [
    { name: 'alice', password: 'pw', roles: [{ project: 'p1', role: 'member' }] },
    { name: 'bob', password: 'pw', roles: [{ project: 'p2', role: 'member' }] },
    { name: 'looker', password: 'pw', roles: [{ project: 'p1', role: 'reader' }] },
  ],
  services: [service],
  instances: [vm],
};

test('a webhook is made, tested, delivered over a restart, and removed', async () => {
  await using folder = await temporaryFolder();
  const endpoint = await Endpoint.open();
  const env = {
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/webhooks.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
    HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8',
  };
  await writeFile(`${folder.path}/seed.json`, JSON.stringify(SEED));
  const seeded = await runHostbeat(['seed', `${folder.path}/seed.json`, '--offline'], env);
  assert.is(seeded.code, 0, seeded.stderr);
  let server = await startServer(env);
  try {
    const alice = await login(server.url, 'alice', 'pw', 'p1');
    const bob = await login(server.url, 'bob', 'pw', 'p2');
    const looker = await login(server.url, 'looker', 'pw', 'p1');
    const made = await alice.request('POST', '/v1/webhooks', { url: endpoint.url, name: 'pager' });
    assert.is(made.status, 201);
    const { id, secret } = made.json;
    const path = `/v1/webhooks/${id}`;
    const listed = await looker.request('GET', '/v1/webhooks');
    assert.is(listed.json.webhooks[0].id, id);
    assert.not(JSON.stringify(listed.json).includes('whsec_'));
    assert.is((await looker.request('DELETE', path)).status, 403);
    for (const [method, at] of [
      ['GET', ''],
      ['PATCH', ''],
      ['DELETE', ''],
      ['POST', '/secret'],
      ['POST', '/test'],
    ] as const) {
      const body = method === 'PATCH' ? { state: 'paused' } : undefined;
      assert.is((await bob.request(method, path + at, body)).status, 404, `${method} ${at}`);
    }
    for (const [body, field] of [
      [{ url: 'http://169.254.169.254/latest' }, 'url'],
      [{ url: endpoint.url, format: 'xml' }, 'format'],
      [{ url: endpoint.url, secret: 'mine' }, 'secret'],
    ] as const) {
      const refused = await alice.request('POST', '/v1/webhooks', body);
      assert.equal([refused.status, refused.json.error.field], [400, field]);
    }
    const tested = await alice.request('POST', `${path}/test`);
    assert.equal(tested.json, { delivered: true, error: null });
    const said = await endpoint.next();
    assert.is(said.json.type, 'io.hostbeat.test');
    assert.ok(isSigned(said, secret));

    const admin = await login(server.url, 'admin', 'pw', 'admin');
    const force = (who: typeof admin, forced_down: boolean) =>
      who.request('PUT', `/v2.1/os-services/${service.uuid}`, { forced_down }, NOVA);
    await force(admin, true);
    const down = await endpoint.next();
    assert.equal([down.json.subject, down.json.data.items[0].to], [vm.id, 'DOWN']);

    const terminal = testTerminal({ HOSTBEAT_URL: server.url, HOSTBEAT_TOKEN: alice.token });
    assert.is(await run(['webhooks', 'pause', id], terminal), EXIT.ok, terminal.stderr);
    await force(admin, false);
    await server.stop();
    server = await startServer(env);
    const again = testTerminal({ HOSTBEAT_URL: server.url, HOSTBEAT_TOKEN: alice.token });
    assert.is(await run(['webhooks', 'resume', id], again), EXIT.ok, again.stderr);
    assert.is((await endpoint.next()).json.data.items[0].to, 'UP');
    assert.is(await run(['webhooks', 'list'], again), EXIT.ok);
    assert.match(again.stdout, /pager +active/);
    const added = testTerminal({ HOSTBEAT_URL: server.url, HOSTBEAT_TOKEN: alice.token });
    const wish = ['--name', 'second', '--server', vm.id, '--host-status', 'MAINTENANCE', '--json'];
    assert.is(await run(['webhooks', 'add', endpoint.url, ...wish], added), EXIT.ok, added.stderr);
    const second = JSON.parse(added.stdout);
    assert.match(second.secret, /^whsec_/);
    const shown = testTerminal({ HOSTBEAT_URL: server.url, HOSTBEAT_TOKEN: alice.token });
    assert.is(await run(['webhooks', 'show', second.id], shown), EXIT.ok, shown.stderr);
    const { secret: _, ...rest } = second;
    assert.equal(JSON.parse(shown.stdout), rest);
    assert.is(await run(['webhooks', 'remove', second.id], shown), EXIT.ok, shown.stderr);
    assert.is(await run(['webhooks', 'show', second.id], shown), EXIT.failed);
    assert.is(await run(['webhooks', 'rotate-secret', id], again), EXIT.ok);
    const [rotated = ''] = /whsec_\S+/.exec(again.stdout) ?? [];
    assert.is(await run(['webhooks', 'test', id], again), EXIT.ok);
    assert.ok(isSigned(await endpoint.next(), rotated));

    // The same log by the other ways, through the whole server.
    const headers = { 'X-Auth-Token': alice.token };
    const ask = async (at: string) => (await fetch(server.url + at, { headers })).json();
    const history = await ask(`/v1/history?server=${vm.id}`);
    assert.equal(
      history.items.slice(0, 2).map(({ to }: { to: string }) => to),
      ['UP', 'DOWN'],
    );
    const { cursor } = await ask('/v1/changes');
    const reader = new SseReader(`${server.url}/v1/events?cursor=${cursor}`, headers);
    assert.is((await reader.until('synced')).how, 'resumed');
    const polled = ask(`/v1/changes?after=${cursor}&wait=30`);
    await force(await login(server.url, 'admin', 'pw', 'admin'), true);
    assert.is((await polled).items[0].to, 'DOWN');
    assert.is((await reader.until('event')).items[0]?.to, 'DOWN');
    await endpoint.next();
    assert.is(await run(['webhooks', 'remove', id], again), EXIT.ok);
    assert.is((await server.stop()) ?? 0, 0);
    assert.ok(reader.events.some(({ event }) => event === 'drain'));
    await reader.ended;
  } finally {
    await server.kill();
    await endpoint.close();
  }
});

const NOVA = { 'OpenStack-API-Version': 'compute 2.53' };

test.run();
