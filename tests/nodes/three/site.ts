/**
 * Three nodes, each with its own wire to one PostgreSQL, and those who use them: 300 hosts that report to any node, 60 owners'
 * sockets, and an operator who switches hosts off and on. At the end the log of the database judges every frame.
 */
import process from 'node:process';
import pg from 'pg';
import * as assert from 'uvu/assert';
import { login, type Session } from '../../support/http.ts';
import {
  type Cluster,
  postgresBinaries,
  startCluster,
  startStandby,
} from '../../support/postgres/cluster.ts';
import { type PostgresProxy, startProxy } from '../../support/postgres/proxy.ts';
import { type ServerProcess, startServer } from '../../support/process.ts';
import { until } from '../../support/within.ts';
import {
  type Cloud,
  GATEWAYS,
  HOSTS,
  HOSTS_EACH,
  loaded,
  MORTAL_HOSTS,
  OWNER,
  PROJECTS,
  projectOf,
} from './cloud.ts';
import { Gateways } from './gateways.ts';
import { assertSame, assertSound, type LogRow } from './judge.ts';
import { Operator } from './operator.ts';
import { Owner } from './owners.ts';
import { Witness } from './witness.ts';

const NODES = 3;
const OWNERS = 60;
const FLIPPED = 20;
export const INTERVAL_MS = 2_000;
export const DOWN_TIME_MS = 12_000;
export const HEALTH_MS = 2_000;

/** A busy machine starts three nodes slowly, and slowly gets them to hear everybody. */
export const LONG_MS = 120_000;
/** The nodes' user: it owns the schema and has no other right. */
export const ROLE = 'hostbeat';

const seconds = (ms: number) => `${ms / 1_000}s`;

export class Site {
  readonly cluster: Cluster;
  readonly wires: readonly PostgresProxy[];
  readonly standby: Cluster | undefined;
  readonly nodes: ServerProcess[] = [];
  readonly witness = new Witness();
  #cloud: Cloud | undefined;
  #primary: Cluster;
  readonly #mortals = [...MORTAL_HOSTS];
  readonly #reporters: Gateways[] = [];
  owners: readonly Owner[] = [];
  #admin: Session | undefined;
  #gateways: Gateways | undefined;
  #operator: Operator | undefined;

  private constructor(cluster: Cluster, wires: readonly PostgresProxy[], standby?: Cluster) {
    this.cluster = cluster;
    this.wires = wires;
    this.standby = standby;
    this.#primary = cluster;
  }

  /** Starts the database and the nodes, and all who use them. */
  static async open({ withStandby = false } = {}): Promise<Site> {
    const cluster = await startCluster(postgresBinaries() as string);
    const wires = await Promise.all(Array.from({ length: NODES }, () => startProxy(cluster.port)));
    const standby = withStandby ? await startStandby(cluster) : undefined;
    const site = new Site(cluster, wires, standby);
    await site.query(`CREATE ROLE ${ROLE} LOGIN`);
    await site.query(`GRANT CREATE ON DATABASE postgres TO ${ROLE}`);
    try {
      site.nodes.push(...(await Promise.all(wires.map((_, n) => site.start(n)))));
      await site.#use();
    } catch (error) {
      await site.close();
      throw error;
    }
    return site;
  }

  readonly urls = () => this.nodes.map(({ url }) => url);

  start(n: number, more: Record<string, string> = {}): Promise<ServerProcess> {
    const hosts = [this.wires[n], this.standby].flatMap((each) =>
      each === undefined ? [] : `127.0.0.1:${each.port}`,
    );
    return startServer({
      HOSTBEAT_DATABASE_URL: `postgres://${ROLE}@${hosts.join()}/postgres`,
      HOSTBEAT_ADMIN_PASSWORD: 'pw',
      HOSTBEAT_REPORT_INTERVAL: seconds(INTERVAL_MS),
      HOSTBEAT_SERVICE_DOWN_TIME: seconds(DOWN_TIME_MS),
      HOSTBEAT_HEALTH_INTERVAL: seconds(HEALTH_MS),
      ...more,
    });
  }

  /** Starts the node in the place of the one that ended. */
  async restart(n: number, more: Record<string, string> = {}): Promise<void> {
    this.nodes[n] = await this.start(n, more);
  }

  get gateways(): Gateways {
    return this.#gateways as Gateways;
  }

  get operator(): Operator {
    return this.#operator as Operator;
  }

  get admin(): Session {
    return this.#admin as Session;
  }

  /** An owner that knows one node only. */
  pinned(n: number): Owner {
    const { token } = this.admin;
    return new Owner({
      urls: () => [this.urls()[n] ?? ''],
      at: 0,
      token,
      project: projectOf(0),
      witness: new Witness(),
    });
  }

  /** What `/readyz` of a node says; undefined where it does not answer. */
  async ready(n: number): Promise<{ readonly status: number; readonly leads: boolean } | undefined> {
    try {
      const answer = await fetch(`${this.urls()[n]}/readyz`, { signal: AbortSignal.timeout(2_000) });
      const body = (await answer.json()) as { node?: { leads: boolean } };
      return { status: answer.status, leads: body.node?.leads === true };
    } catch {
      return undefined;
    }
  }

  isWell(n: number): Promise<void> {
    return until(`node ${n} to be well`, async () => (await this.ready(n))?.status === 200, LONG_MS);
  }

  /** Place of the node that leads; -1 for none. */
  async leader(except = -1): Promise<number> {
    const places = this.nodes.map((_, n) => n).filter((n) => n !== except);
    const leads = await Promise.all(places.map(async (n) => (await this.ready(n))?.leads === true));
    return places[leads.indexOf(true)] ?? -1;
  }

  /** Some node leads. @returns its place */
  async led(except = -1): Promise<number> {
    let leader = -1;
    await until(
      'a leader',
      async () => {
        leader = await this.leader(except);
        return leader >= 0;
      },
      LONG_MS,
    );
    return leader;
  }

  signal(n: number, signal: NodeJS.Signals): void {
    process.kill((this.nodes[n] as ServerProcess).pid, signal);
  }

  /** Hosts that report to this node and to no other. @returns lets them die; then gives when their owner knew of each, ms after */
  async mortals(n: number, count: number): Promise<() => Promise<number[]>> {
    const hosts = this.#mortals.splice(0, count);
    assert.is(hosts.length, count, 'no host is left to die');
    const servers = hosts.map((host) => this.#cloud?.servers.get(host) as string);
    const reporter = new Gateways(() => [this.urls()[n] ?? ''], this.admin.token, INTERVAL_MS);
    this.#reporters.push(reporter);
    reporter.start(1, () => hosts);
    await until('two reports of hosts that will die', () => reporter.answered >= 2);
    return async () => {
      for (const server of servers) this.witness.mortal.add(server);
      await reporter.stop();
      const died = performance.now();
      await until(
        'the silence of dead hosts',
        () => servers.every((server) => this.witness.silentSince(server) !== undefined),
        LONG_MS,
      );
      return servers.map((server) => (this.witness.silentSince(server) as number) - died);
    };
  }

  async query(text: string, { port } = this.#primary): Promise<pg.QueryResult> {
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres' });
    await client.connect();
    try {
      await client.query('SET search_path TO hostbeat');
      return await client.query(text);
    } finally {
      await client.end();
    }
  }

  /** Commits of operators go on: as many again as there were, within the time that a test has. */
  async goesOn(): Promise<void> {
    const { answered } = this.operator;
    const before = answered.length;
    await until('further switches', () => answered.length >= before + 5, LONG_MS);
    await this.followed();
  }

  /** Every owner has what was committed up to now. */
  async followed(): Promise<void> {
    const { rows } = await this.query('SELECT name, head::int AS head FROM streams');
    const heads = new Map(rows.map(({ name, head }) => [name, head]));
    await until(
      'every owner at the head of its stream',
      () => this.owners.every(({ seq, project }) => seq >= (heads.get(`project:${project}`) ?? 0)),
      LONG_MS,
    );
  }

  /** From now on the standby gets nothing more of what is committed. */
  async standbyFallsBehind(): Promise<void> {
    const standby = this.standby as Cluster;
    await this.query(`ALTER SYSTEM SET primary_conninfo = ''`, standby);
    await this.query('SELECT pg_reload_conf()', standby);
    await until('the end of replication', async () => {
      return (await this.query('SELECT FROM pg_stat_wal_receiver', standby)).rowCount === 0;
    });
  }

  /** @returns when the standby takes writes */
  async promote(): Promise<void> {
    this.#primary = this.standby as Cluster;
    await this.query('SELECT pg_promote()');
    this.operator.forget();
  }

  /** Ends the use; then the database's log is compared with every frame that anybody got. */
  async judge({ isFailedOver = false } = {}): Promise<string> {
    await this.operator.stop();
    await this.followed();
    const { rows: services } = await this.query('SELECT uuid, host, live, forced_down FROM services');
    const silent = services.filter(({ live, host }) => !live && !MORTAL_HOSTS.includes(host));
    assert.equal(silent.slice(0, 5), [], 'a host that reports was called silent');
    this.operator.assertKept(new Map(services.map(({ uuid, forced_down }) => [uuid, forced_down])));
    assert.equal(this.witness.violations.slice(0, 10), []);
    const { rows } = await this.query(
      `SELECT stream, seq::int AS seq, items FROM log WHERE stream LIKE 'project:%' ORDER BY id`,
    );
    const { seen, frames, epochs } = this.witness;
    assert.is(epochs.length, isFailedOver ? 2 : 1, `${epochs}`);
    assertSame(seen, rows as LogRow[], epochs.at(-1) as string);
    assertSound(rows as LogRow[], this.#cloud as Cloud);
    const reset = this.owners.filter(({ resets }) => resets.length > 0);
    assert.is(reset.length, isFailedOver ? OWNERS : 0, JSON.stringify(reset[0]?.resets));
    for (let n = 0; n < NODES && !isFailedOver; n++)
      assert.ok(seen.filter(({ from }) => from.has(n)).length >= 10, `too few frames from node ${n}`);
    const { answered, moves } = this.gateways;
    return `${this.operator.answered.length} switches, ${frames} frames to ${OWNERS} owners, ${seen.length} different ones, ${answered} batches of ${HOSTS_EACH} reports, ${moves} moves`;
  }

  async close(): Promise<void> {
    await this.#operator?.stop();
    for (const owner of this.owners) await owner.stop();
    await Promise.all([this.#gateways, ...this.#reporters].map((each) => each?.stop()));
    for (const { pid } of this.nodes) {
      try {
        process.kill(pid, 'SIGCONT');
      } catch {}
    }
    for (const node of this.nodes) await node.kill();
    for (const wire of this.wires) await wire.close();
    await this.standby?.close();
    await this.cluster.close();
  }

  async #use(): Promise<void> {
    const [url = ''] = this.urls();
    const admin = await login(url, 'admin', 'pw', 'admin');
    this.#admin = admin;
    this.#cloud = await loaded(admin);
    console.log('   three nodes run');
    this.#gateways = new Gateways(this.urls, admin.token, INTERVAL_MS);
    this.#gateways.start(GATEWAYS, (n) => HOSTS.slice(n * HOSTS_EACH, (n + 1) * HOSTS_EACH));
    const live = async () => (await this.query('SELECT FROM services WHERE live')).rowCount ?? 0;
    await until('all hosts', async () => (await live()) === HOSTS.length, LONG_MS);
    console.log(`   ${HOSTS.length} hosts report`);
    const tokens = await Promise.all(
      Array.from({ length: PROJECTS }, async (_, n) => (await login(url, OWNER, 'pw', projectOf(n))).token),
    );
    // Followers of one project are spread over the nodes.
    this.owners = Array.from({ length: OWNERS }, (_, n) => {
      const [project, token] = [projectOf(n), tokens[n % PROJECTS] as string];
      const at = n + Math.floor(n / PROJECTS);
      return new Owner({ urls: this.urls, at, token, project, witness: this.witness });
    });
    await until('all owners', () => this.owners.every(({ liveSince }) => liveSince !== undefined), LONG_MS);
    const { rows } = await this.query(
      `SELECT uuid FROM services WHERE host LIKE 'c%' ORDER BY id LIMIT ${FLIPPED}`,
    );
    this.#operator = new Operator(
      this.urls,
      admin.token,
      rows.map(({ uuid }) => uuid),
    );
  }
}
