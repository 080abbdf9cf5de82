/** One deployment for a fault to happen to: a server as a process, hosts with servers of three owners, gateways, followers. */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { projectStream, type StreamName } from '../../../server/ports/log.ts';
import { freePort } from '../../support/free-port.ts';
import { login, type Session } from '../../support/http.ts';
import { runHostbeat, type ServerProcess, startServer, temporaryFolder } from '../../support/process.ts';
import { until } from '../../support/within.ts';
import { Gateway } from './agents.ts';
import { Follower } from './follower.ts';
import { PACE } from './form.ts';
import { Tokens } from './tokens.ts';

export const OWNERS = ['p0', 'p1', 'p2'] as const;

export interface SiteOptions {
  readonly hosts: number;
  /** Without them hosts are live as seeded, and nobody reports. */
  readonly gateways?: number;
  readonly followersEach?: number;
  readonly env?: Record<string, string>;
  /** Where the database is, instead of in a folder of the site's own. */
  readonly folder?: string;
}

export const INTERVAL = 1_000 * PACE;
export const DOWN_TIME = 3_000 * PACE;

export class Site {
  readonly hosts: readonly string[];
  readonly servers: readonly { readonly id: string; readonly project: string; readonly host: string }[];
  readonly services: ReadonlyMap<string, string>;
  readonly followers: Follower[] = [];
  gateways: Gateway[] = [];
  readonly env: Record<string, string>;
  readonly file: string;
  readonly port: number;
  readonly tokens = new Tokens(() => this.url);
  server: ServerProcess | undefined;
  /** Place in the operators' stream. */
  watchedSince = 0;
  readonly #close: () => Promise<void>;

  private constructor(options: SiteOptions, folder: string, port: number, close: () => Promise<void>) {
    this.hosts = Array.from({ length: options.hosts }, (_, n) => `c${n}`);
    this.services = new Map(this.hosts.map((host) => [host, randomUUID()]));
    this.servers = this.hosts.flatMap((host, n) =>
      [0, 1].map((k) => ({ id: randomUUID(), project: OWNERS[(n + k) % OWNERS.length] as string, host })),
    );
    this.file = `${options.folder ?? folder}/site.db`;
    this.port = port;
    this.#close = close;
    this.env = {
      HOSTBEAT_DATABASE_URL: `sqlite:${this.file}`,
      HOSTBEAT_LISTEN: `127.0.0.1:${port}`,
      HOSTBEAT_ADMIN_PASSWORD: 'pw',
      HOSTBEAT_REPORT_INTERVAL: String(INTERVAL / 1_000),
      HOSTBEAT_SERVICE_DOWN_TIME: String(DOWN_TIME / 1_000),
      HOSTBEAT_HEALTH_INTERVAL: '0.5',
      HOSTBEAT_LOG_LEVEL: 'silent',
      ...options.env,
    };
  }

  static async open(options: SiteOptions): Promise<Site> {
    const folder = await temporaryFolder();
    const site = new Site(options, folder.path, await freePort(), () => folder[Symbol.asyncDispose]());
    await writeFile(`${folder.path}/seed.json`, JSON.stringify(site.#seed()));
    const seeded = await runHostbeat(['seed', `${folder.path}/seed.json`, '--offline'], site.env);
    if (seeded.code !== 0) throw new Error(`the seed was refused: ${seeded.stderr}`);
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** @param inside a file of `inside/` that is loaded into the process first */
  async boot(inside?: string, env: Record<string, string> = {}): Promise<ServerProcess> {
    const preload = inside && new URL(`./inside/${inside}.ts`, import.meta.url).href;
    this.server = await startServer({
      ...this.env,
      ...(preload ? { NODE_OPTIONS: `--import=${preload}` } : {}),
      ...env,
    });
    return this.server;
  }

  /** Gateways that report for all hosts, and followers of every owner and of the operators. */
  async people({ gateways = 0, followersEach = 2 }: Partial<SiteOptions> = {}): Promise<void> {
    const url = () => this.url;
    const size = Math.ceil(this.hosts.length / (gateways || 1));
    this.gateways = Array.from({ length: gateways }, (_, n) =>
      new Gateway(this.hosts.slice(n * size, (n + 1) * size), url, INTERVAL, this.tokens).start(),
    );
    for (let n = 0; n < followersEach; n += 1) {
      for (const owner of OWNERS)
        this.followers.push(
          new Follower(projectStream(owner), { user: owner, project: owner }, url, this.tokens).start(),
        );
      this.followers.push(
        new Follower('hosts', { user: 'admin', project: 'admin' }, url, this.tokens).start(),
      );
    }
    await until('every follower to be in step', () =>
      this.followers.every((follower) => follower.frames('synced').length > 0),
    );
    await this.watched();
  }

  /** Every gateway is heard: only from now on is it wrong to call one of its hosts silent. */
  async watched(): Promise<void> {
    const before = this.gateways.map(({ answers }) => answers);
    await until('every gateway to be heard', () =>
      this.gateways.every(({ answers }, n) => answers >= (before[n] as number) + 2),
    );
    this.watchedSince = this.followersOf('hosts')[0]?.seq ?? 0;
  }

  followersOf(stream: StreamName): readonly Follower[] {
    return this.followers.filter((follower) => follower.stream === stream);
  }

  admin(): Promise<Session> {
    return login(this.url, 'admin', 'pw', 'admin');
  }

  /** @returns the status, 0 where there was no answer */
  async forceDown(admin: Session, host: string, forced_down: boolean): Promise<number> {
    const answer = await admin
      .request('PUT', `/v2.1/os-services/${this.services.get(host)}`, { forced_down }, V2_53)
      .catch(() => undefined);
    return answer?.status ?? 0;
  }

  die(...hosts: readonly string[]): void {
    for (const host of hosts) if (!this.gateways.some((gateway) => gateway.die(host))) throw new Error(host);
  }

  /** host_status of every server, as its owner asks for it. */
  async rest(): Promise<Map<string, string>> {
    const statuses = new Map<string, string>();
    for (const owner of OWNERS) {
      const session = await login(this.url, owner, 'pw', owner);
      const all = await session.request('GET', '/v2.1/servers/detail?limit=1000', undefined, V2_53);
      for (const { id, host_status } of all.json.servers) statuses.set(id, host_status);
    }
    return statuses;
  }

  /** Everybody in step with everybody: nothing is under way any more. */
  async quiet(): Promise<void> {
    let before = '';
    await until('the streams to be quiet', async () => {
      const now = this.followers.map(({ stream, seq }) => `${stream} ${seq}`);
      const text = now.join();
      const same = text === before && new Set(now).size <= OWNERS.length + 1;
      before = text;
      if (!same) await new Promise((resolve) => setTimeout(resolve, 300));
      return same;
    });
  }

  async readyz(): Promise<{ ready: boolean; observer: string; reason?: string; database: string }> {
    return (await (await fetch(`${this.url}/readyz`)).json()) as never;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const gateway of this.gateways) gateway.stop();
    await Promise.all(this.followers.map((follower) => follower.stop()));
    await this.server?.[Symbol.asyncDispose]();
    await this.#close();
  }

  #seed() {
    return {
      projects: OWNERS.map((id) => ({ id, name: id })),
      users: [
        ...OWNERS.map((name) => ({ name, password: 'pw', roles: [{ project: name, role: 'member' }] })),
        { name: 'agent', password: 'pw', roles: [{ project: 'p0', role: 'service' }] },
      ],
      services: this.hosts.map((host) => ({ uuid: this.services.get(host), host, binary: 'nova-compute' })),
      instances: this.servers.map(({ id, project, host }) => ({ id, name: 'vm', project_id: project, host })),
    };
  }
}

export const V2_53 = { 'openstack-api-version': 'compute 2.53' };
