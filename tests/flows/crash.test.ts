import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChangeItem, watch } from '../../client-sdk/src/index.ts';
import { freePort } from '../support/free-port.ts';
import { login } from '../support/http.ts';
import { runHostbeat, startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

const test = suite('kill -9 of the server');

const HOSTS = 4;
const FLAGS = 200;
const CLIENTS = 5;

const services = Array.from({ length: HOSTS }, (_, n) => ({
  uuid: randomUUID(),
  host: `c${n}`,
  binary: 'nova-compute',
}));
const servers = services.map(({ host }) => ({
  id: randomUUID(),
  name: `on-${host}`,
  project_id: 'p1',
  host,
}));
const seed = {
  projects: [{ id: 'p1', name: 'p1' }],
  users: [{ name: 'owner', password: 'pw', roles: [{ project: 'p1', role: 'member' }] }],
  services,
  instances: servers,
};

test('a kill during 200 flag changes loses nothing, repeats no number, and REST agrees', async () => {
  const folder = await temporaryFolder();
  // One port for both lives of the server: the clients come back to where they were.
  const env = {
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/crash.db`,
    HOSTBEAT_LISTEN: `127.0.0.1:${await freePort()}`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
  };
  await writeFile(`${folder.path}/seed.json`, JSON.stringify(seed));
  const seeded = await runHostbeat(['seed', `${folder.path}/seed.json`, '--offline'], env);
  assert.is(seeded.code, 0, seeded.stderr);
  let server = await startServer(env);
  const stop = new AbortController();
  try {
    const owner = await login(server.url, 'owner', 'pw', 'p1');
    const heard = Array.from({ length: CLIENTS }, () => [] as ChangeItem[]);
    const ready: Promise<unknown>[] = [];
    /** What ended a client that should have gone on. */
    const broken: unknown[] = [];
    for (const list of heard) {
      const first = Promise.withResolvers<void>();
      ready.push(first.promise);
      void (async () => {
        for await (const item of watch({ url: server.url, token: owner.token, signal: stop.signal })) {
          assert.is.not(item.type, 'reset', 'a client was reset');
          if (item.type === 'snapshot') first.resolve();
          if (item.type === 'change') list.push(item);
        }
      })().catch((error: unknown) => {
        broken.push(error);
        first.reject(error);
      });
    }
    await Promise.all(ready);

    let admin = await login(server.url, 'admin', 'pw', 'admin');
    let acknowledged = 0;
    const flag = async (n: number): Promise<boolean> => {
      const path = `/v2.1/os-services/${services[n % HOSTS]?.uuid}`;
      const body = { forced_down: Math.floor(n / HOSTS) % 2 === 0 };
      const answer = await admin
        .request('PUT', path, body, { 'openstack-api-version': 'compute 2.53' })
        .catch(() => undefined);
      if (answer?.status === 200) acknowledged += 1;
      return answer?.status === 200;
    };
    const first = Array.from({ length: FLAGS / 2 }, (_, n) => n);
    for (const n of first.slice(0, 60)) await flag(n);
    const storm = Promise.all(first.slice(60).map(flag));
    await server.kill();
    await storm;
    server = await startServer(env);
    admin = await login(server.url, 'admin', 'pw', 'admin');
    for (let n = FLAGS / 2; n < FLAGS; n += 1) assert.ok(await flag(n));
    // The last word on each host, so that all ends in a state that is known whatever the crash cut off.
    for (let n = 0; n < HOSTS; n += 1) {
      const path = `/v2.1/os-services/${services[n]?.uuid}`;
      for (const forced_down of [true, false, true]) {
        const answer = await admin.request(
          'PUT',
          path,
          { forced_down },
          { 'openstack-api-version': 'compute 2.53' },
        );
        assert.is(answer.status, 200);
      }
    }

    const { seq: head } = (await owner.request('GET', '/v1/changes')).json;
    await until(
      () => `every client to reach ${head}: they are at ${heard.map((list) => list.at(-1)?.seq)}`,
      () => {
        if (broken.length > 0) throw broken[0];
        return heard.every((list) => list.at(-1)?.seq === head);
      },
    );

    const bySeq = new Map<number, string>();
    for (const list of heard) {
      const seqs = [...new Set(list.map(({ seq }) => seq))];
      assert.equal(
        seqs,
        Array.from({ length: seqs.length }, (_, n) => (seqs[0] ?? 0) + n),
        'a gap or a step back',
      );
      for (const seq of seqs) {
        const content = JSON.stringify(list.filter((item) => item.seq === seq).map(({ change }) => change));
        assert.is(bySeq.get(seq) ?? content, content, `seq ${seq} has two contents`);
        bySeq.set(seq, content);
      }
      for (const { id } of servers) {
        const sent = list.filter(({ change }) => 'server_id' in change && change.server_id === id);
        for (const [n, { change }] of sent.entries()) {
          if (n > 0)
            assert.is(
              change.from,
              sent[n - 1]?.change.to,
              'a transition does not follow from the one before',
            );
        }
        const rest = await owner.request('GET', `/v2.1/servers/${id}`, undefined, {
          'openstack-api-version': 'compute 2.16',
        });
        assert.is(rest.json.server.host_status, sent.at(-1)?.change.to, 'REST and the last event differ');
      }
    }
    const changes = heard[0]?.length ?? 0;
    assert.ok(changes >= acknowledged, `${acknowledged} changes were acknowledged and ${changes} received`);
  } finally {
    stop.abort();
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  }
});

test.run();
