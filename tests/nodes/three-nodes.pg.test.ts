/**
 * Three nodes on a PostgreSQL of their own, 300 hosts that report to any of them, 60 owners' sockets. Nodes are killed and
 * stopped and PostgreSQL is restarted: every frame is checked, and no host that reports may be called silent.
 */
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { login } from '../support/http.ts';
import { postgresBinaries, startCluster } from '../support/postgres/cluster.ts';
import { hasPostgres } from '../support/postgres/stores.ts';
import { type ServerProcess, startServer } from '../support/process.ts';
import { until } from '../support/within.ts';
import { Gateways } from './three/gateways.ts';
import { Owner, Witness } from './three/owners.ts';

const test = suite('three nodes');

const GATEWAYS = 30;
const HOSTS_EACH = 10;
const PROJECTS = 12;
const OWNERS = 60;
const FLIPPED = 20;

async function leaderOf(nodes: readonly ServerProcess[]): Promise<number> {
  for (const [n, { url }] of nodes.entries()) {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => undefined,
    );
    const body = (await answer?.json()) as { node?: { leads: boolean } } | undefined;
    if (body?.node?.leads) return n;
  }
  return -1;
}

test('whatever is killed, stopped or restarted: nothing lost or twice, nobody silent', async () => {
  const cluster = await startCluster(postgresBinaries() as string);
  const start = () =>
    startServer({
      HOSTBEAT_DATABASE_URL: cluster.url,
      HOSTBEAT_ADMIN_PASSWORD: 'pw',
      HOSTBEAT_REPORT_INTERVAL: '2s',
      HOSTBEAT_SERVICE_DOWN_TIME: '12s',
      HOSTBEAT_HEALTH_INTERVAL: '2s',
    });
  const nodes = [await start(), await start(), await start()];
  const urls = () => nodes.map(({ url }) => url);
  const hosts = Array.from({ length: GATEWAYS * HOSTS_EACH }, (_, n) => `c${n}`);
  const witness = new Witness();
  let isOver = false;
  try {
    const admin = await login(nodes[0]?.url ?? '', 'admin', 'pw', 'admin');
    const gateways = new Gateways(urls, admin.token, 2_000);
    gateways.start(GATEWAYS, (n) => hosts.slice(n * HOSTS_EACH, (n + 1) * HOSTS_EACH));
    await until('all hosts', async () => {
      const { json } = await admin.request('GET', '/v1/services?limit=1000');
      return json.services?.length === hosts.length;
    });
    const lines = hosts.map((host, n) =>
      JSON.stringify({ id: randomUUID(), name: `s${n}`, project_id: `p${n % PROJECTS}`, user_id: 'u', host }),
    );
    const loaded = await fetch(`${urls()[0]}/v1/instances?create_missing=true`, {
      method: 'POST',
      headers: {
        'x-auth-token': admin.token,
        'content-type': 'application/x-ndjson',
        accept: 'application/json',
      },
      body: lines.join('\n'),
    });
    const summary = (await loaded.json()) as { readonly errors?: readonly unknown[] };
    assert.equal([loaded.status, summary.errors ?? []], [200, []]);
    const owners = Array.from(
      { length: OWNERS },
      (_, n) => new Owner({ urls, at: n }, { token: admin.token, project: `p${n % PROJECTS}` }, witness),
    );
    await until('all owners', async () => owners.every(({ connections }) => connections > 0));

    const { json: listed } = await admin.request('GET', '/v1/services?limit=1000');
    const uuids: readonly string[] = listed.services
      .slice(0, FLIPPED)
      .map(({ uuid }: { uuid: string }) => uuid);
    let flips = 0;
    const flipping = (async () => {
      for (let n = 0; !isOver; n++) {
        const url = urls()[n % nodes.length];
        const body = { forced_down: n % (2 * FLIPPED) < FLIPPED };
        const answer = await fetch(`${url}/v1/services/${uuids[n % FLIPPED]}`, {
          method: 'PUT',
          headers: { 'x-auth-token': admin.token, 'content-type': 'application/json' },
          body: JSON.stringify(body),
          signal: AbortSignal.timeout(3_000),
        }).catch(() => undefined);
        if (answer?.status === 200) flips += 1;
        await sleep(200);
      }
    })();

    const others = async () => {
      const leader = await leaderOf(nodes);
      return { leader, follower: (leader + 1) % nodes.length };
    };
    const killed = async (n: number) => {
      await nodes[n]?.kill();
      await sleep(5_000);
      nodes[n] = await start();
      await until('a leader', async () => (await leaderOf(nodes)) >= 0);
      await sleep(3_000);
    };
    await sleep(3_000);
    await killed((await others()).follower);
    await killed((await others()).leader);
    const { leader } = await others();
    const { pid } = nodes[leader] as ServerProcess;
    process.kill(pid, 'SIGSTOP');
    await until('another leader', async () => {
      const now = await leaderOf(nodes.filter((_, n) => n !== leader));
      return now >= 0;
    });
    await sleep(17_000);
    process.kill(pid, 'SIGCONT');
    await sleep(5_000);
    await cluster.stop('fast');
    await sleep(2_000);
    await cluster.start();
    await until('a leader after the restart', async () => (await leaderOf(nodes)) >= 0);
    await sleep(8_000);
    isOver = true;
    await flipping;

    const database = new pg.Client({ connectionString: cluster.url });
    await database.connect();
    const { rows } = await database.query(`SELECT name, head::int AS head FROM hostbeat.streams`);
    const heads = new Map(rows.map(({ name, head }) => [name, head]));
    await until('every owner at the head of his stream', async () =>
      owners.every((owner, n) => owner.seq === heads.get(`project:p${n % PROJECTS}`)),
    );
    const silent = await database.query('SELECT host FROM hostbeat.services WHERE NOT live');
    await database.end();
    assert.equal(silent.rows, []);
    assert.equal(witness.violations.slice(0, 10), []);
    assert.ok(witness.frames > 100, `${witness.frames} frames`);
    console.log(
      `   ${flips} switches, ${witness.frames} frames to ${OWNERS} owners, ${gateways.answered} batches of ${HOSTS_EACH} reports, ${gateways.moves} moves`,
    );
    for (const owner of owners) await owner.stop();
    await gateways.stop();
  } finally {
    isOver = true;
    for (const { pid } of nodes) {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {}
    }
    for (const node of nodes) await node.kill();
    await cluster.close();
  }
});

if (hasPostgres('three nodes') && postgresBinaries() !== undefined) test.run();
