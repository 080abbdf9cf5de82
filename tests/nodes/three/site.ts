/**
 * Three nodes, each with its own wire to one PostgreSQL, and those who use them: 300 hosts that report to any node, 60 owners'
 * sockets, and an operator who switches hosts off and on. At the end the log of the database judges every frame.
 */
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import * as assert from 'uvu/assert';
import { login, type Session } from '../../support/http.ts';
import { type Cluster, postgresBinaries, startCluster } from '../../support/postgres/cluster.ts';
import { type PostgresProxy, startProxy } from '../../support/postgres/proxy.ts';
import { type ServerProcess, startServer } from '../../support/process.ts';
import { until } from '../../support/within.ts';
import { Gateways } from './gateways.ts';
import { Owner, Witness } from './owners.ts';

const NODES = 3;
const GATEWAYS = 30;
const HOSTS_EACH = 10;
const PROJECTS = 12;
const OWNERS = 60;
const FLIPPED = 20;

export class Site {
  readonly cluster: Cluster;
  readonly wires: readonly PostgresProxy[];
  readonly nodes: ServerProcess[] = [];
  readonly witness = new Witness();
  owners: readonly Owner[] = [];
  flips = 0;
  #gateways: Gateways | undefined;
  #isOver = false;
  #flipping: Promise<void> = Promise.resolve();

  private constructor(cluster: Cluster, wires: readonly PostgresProxy[]) {
    this.cluster = cluster;
    this.wires = wires;
  }

  static async open(): Promise<Site> {
    const cluster = await startCluster(postgresBinaries() as string);
    const wires = await Promise.all(Array.from({ length: NODES }, () => startProxy(cluster.port)));
    const site = new Site(cluster, wires);
    for (let n = 0; n < NODES; n++) site.nodes.push(await site.start(n));
    return site;
  }

  readonly urls = () => this.nodes.map(({ url }) => url);

  start(n: number): Promise<ServerProcess> {
    return startServer({
      HOSTBEAT_DATABASE_URL: `postgres://postgres@127.0.0.1:${this.wires[n]?.port}/postgres`,
      HOSTBEAT_ADMIN_PASSWORD: 'pw',
      HOSTBEAT_REPORT_INTERVAL: '2s',
      HOSTBEAT_SERVICE_DOWN_TIME: '12s',
      HOSTBEAT_HEALTH_INTERVAL: '2s',
    });
  }

  async use(): Promise<void> {
    const [url = ''] = this.urls();
    const admin = await login(url, 'admin', 'pw', 'admin');
    const hosts = Array.from({ length: GATEWAYS * HOSTS_EACH }, (_, n) => `c${n}`);
    this.#gateways = new Gateways(this.urls, admin.token, 2_000);
    this.#gateways.start(GATEWAYS, (n) => hosts.slice(n * HOSTS_EACH, (n + 1) * HOSTS_EACH));
    await until('all hosts', async () => {
      const { json } = await admin.request('GET', '/v1/services?limit=1000');
      return json.services?.length === hosts.length;
    });
    await load(url, admin, hosts);
    const who = (n: number) => ({ token: admin.token, project: `p${n % PROJECTS}` });
    this.owners = Array.from(
      { length: OWNERS },
      (_, n) => new Owner({ urls: this.urls, at: n }, who(n), this.witness),
    );
    await until('all owners', () => this.owners.every(({ connections }) => connections > 0));
    const { json } = await admin.request('GET', '/v1/services?limit=1000');
    const uuids = json.services.slice(0, FLIPPED).map(({ uuid }: { uuid: string }) => uuid);
    this.#flipping = this.#flip(admin, uuids);
  }

  /** Place of the node that leads; -1 for none. */
  async leader(except = -1): Promise<number> {
    for (const [n, { url }] of this.nodes.entries()) {
      if (n === except) continue;
      const asked = fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
      const answer = await asked.catch(() => undefined);
      const body = (await answer?.json()) as { node?: { leads: boolean } } | undefined;
      if (body?.node?.leads) return n;
    }
    return -1;
  }

  /** @returns after how many milliseconds another node than `except` led */
  async led(except = -1): Promise<number> {
    const began = performance.now();
    await until('a leader', async () => (await this.leader(except)) >= 0);
    return Math.round(performance.now() - began);
  }

  async query(text: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: this.cluster.url });
    await client.connect();
    try {
      return await client.query(`SET search_path TO hostbeat; ${text}`).then((results) => {
        const all = results as unknown as pg.QueryResult[];
        return all.at(-1) as pg.QueryResult;
      });
    } finally {
      await client.end();
    }
  }

  /** Commits of operators go on: as many again as there were, within the time that a test has. */
  async goesOn(): Promise<void> {
    const before = this.flips;
    await until('further switches', () => this.flips >= before + 5);
    await this.followed();
  }

  /** Every owner has what was committed up to now. */
  async followed(): Promise<void> {
    const { rows } = await this.query('SELECT name, head::int AS head FROM streams');
    const heads = new Map(rows.map(({ name, head }) => [name, head]));
    await until('every owner at the head of his stream', () =>
      this.owners.every(({ seq }, n) => seq >= (heads.get(`project:p${n % PROJECTS}`) ?? 0)),
    );
  }

  /** Ends the use; then the database's log is compared with every frame that anybody got. */
  async judge(): Promise<string> {
    this.#isOver = true;
    await this.#flipping;
    await this.followed();
    const { rows: silent } = await this.query('SELECT host FROM services WHERE NOT live');
    assert.equal(silent, [], 'a host that reports was called silent');
    const { rows: log } = await this.query(
      `SELECT stream, seq::int AS seq FROM log WHERE stream LIKE 'project:%'`,
    );
    const there = new Set(log.map(({ stream, seq }) => `${stream.slice('project:'.length)} ${seq}`));
    const made = [...this.witness.seen].filter((key) => !there.has(key));
    assert.equal(made.slice(0, 5), [], 'a frame that the log does not have');
    assert.equal(this.witness.violations.slice(0, 10), []);
    assert.ok(this.witness.frames > 100, `${this.witness.frames} frames`);
    const { answered = 0, moves = 0 } = this.#gateways ?? {};
    return `${this.flips} switches, ${this.witness.frames} frames to ${OWNERS} owners, ${answered} batches of ${HOSTS_EACH} reports, ${moves} moves`;
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#flipping;
    for (const owner of this.owners) await owner.stop();
    await this.#gateways?.stop();
    for (const { pid } of this.nodes) {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {}
    }
    for (const node of this.nodes) await node.kill();
    for (const wire of this.wires) await wire.close();
    await this.cluster.close();
  }

  async #flip(admin: Session, uuids: readonly string[]): Promise<void> {
    for (let n = 0; !this.#isOver; n++) {
      const url = this.urls()[n % NODES];
      const answer = await fetch(`${url}/v1/services/${uuids[n % FLIPPED]}`, {
        method: 'PUT',
        headers: { 'x-auth-token': admin.token, 'content-type': 'application/json' },
        body: JSON.stringify({ forced_down: n % (2 * FLIPPED) < FLIPPED }),
        signal: AbortSignal.timeout(3_000),
      }).catch(() => undefined);
      if (answer?.status === 200) this.flips += 1;
      await sleep(150);
    }
  }
}

async function load(url: string, { token }: Session, hosts: readonly string[]): Promise<void> {
  const lines = hosts.map((host, n) =>
    JSON.stringify({ id: randomUUID(), name: `s${n}`, project_id: `p${n % PROJECTS}`, user_id: 'u', host }),
  );
  const loaded = await fetch(`${url}/v1/instances?create_missing=true`, {
    method: 'POST',
    headers: {
      'x-auth-token': token,
      'content-type': 'application/x-ndjson',
      accept: 'application/json',
    },
    body: lines.join('\n'),
  });
  const summary = (await loaded.json()) as { readonly errors?: readonly unknown[] };
  assert.equal([loaded.status, summary.errors ?? []], [200, []]);
}
