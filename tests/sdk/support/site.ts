import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { freePort } from '../../support/free-port.ts';
import { login } from '../../support/http.ts';
import { runHostbeat, type ServerProcess, startServer, temporaryFolder } from '../../support/process.ts';

export const PASSWORD = 'pw';

/** A real server process with one host, `c1`, and one server on it, `web`, of the project `p1` and its user `owner`. */
export class Site implements AsyncDisposable {
  readonly server = randomUUID();
  readonly #service = randomUUID();
  readonly #env: Record<string, string>;
  readonly #folder: Awaited<ReturnType<typeof temporaryFolder>>;
  #process: ServerProcess | undefined;

  private constructor(folder: Awaited<ReturnType<typeof temporaryFolder>>, env: Record<string, string>) {
    this.#folder = folder;
    this.#env = env;
  }

  /** @param env more settings of the server */
  static async open(env: Record<string, string> = {}): Promise<Site> {
    const folder = await temporaryFolder();
    const site = new Site(folder, {
      HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/site.db`,
      // The same one in every life of the server: its clients come back to where they were.
      HOSTBEAT_LISTEN: `127.0.0.1:${await freePort()}`,
      HOSTBEAT_ADMIN_PASSWORD: PASSWORD,
      HOSTBEAT_SERVICE_DOWN_TIME: '3600',
      ...env,
    });
    await site.#seed();
    await site.start();
    return site;
  }

  get url(): string {
    return this.#process?.url ?? '';
  }

  async start(): Promise<void> {
    this.#process = await startServer(this.#env);
  }

  /** SIGTERM: clients get `drain` and a close. */
  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** SIGKILL: clients get nothing. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async token(): Promise<string> {
    return (await login(this.url, 'owner', PASSWORD, 'p1')).token;
  }

  /** As an operator does it, through Nova's API. */
  async switch(flags: { readonly forced_down?: boolean; readonly status?: 'enabled' | 'disabled' }) {
    const admin = await login(this.url, 'admin', PASSWORD, 'admin');
    const path = `/v2.1/os-services/${this.#service}`;
    const answer = await admin.request('PUT', path, flags, { 'openstack-api-version': 'compute 2.53' });
    if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.json)}`);
  }

  /** The host is fenced, and heard no more. */
  fence(): Promise<void> {
    return this.#declare({ forced_down: true, live: false });
  }

  /** The host is heard, and not forced down any more. */
  heal(): Promise<void> {
    return this.#declare({ forced_down: false, live: true });
  }

  /** The owner rehearses, for a minute; `status` undefined ends it. */
  async drill(status: 'DOWN' | 'UNKNOWN' | 'MAINTENANCE' | undefined): Promise<void> {
    const owner = await login(this.url, 'owner', PASSWORD, 'p1');
    for (const { id } of (await owner.request('GET', '/v1/drills')).json.drills)
      await owner.request('DELETE', `/v1/drills/${id}`);
    if (status === undefined) return;
    const answer = await owner.request('POST', '/v1/drills', { servers: [this.server], status, seconds: 60 });
    if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(answer.json)}`);
  }

  async #declare(state: object): Promise<void> {
    const admin = await login(this.url, 'admin', PASSWORD, 'admin');
    const services = [{ uuid: this.#service, host: 'c1', binary: 'nova-compute', ...state }];
    const answer = await admin.request('POST', '/v1/seed', { services });
    if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.json)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #seed(): Promise<void> {
    const file = `${this.#folder.path}/seed.json`;
    const seed = {
      projects: [{ id: 'p1', name: 'p1' }],
      users: [{ name: 'owner', password: PASSWORD, roles: [{ project: 'p1', role: 'member' }] }],
      services: [{ uuid: this.#service, host: 'c1', binary: 'nova-compute' }],
      instances: [{ id: this.server, name: 'web', project_id: 'p1', host: 'c1' }],
    };
    await writeFile(file, JSON.stringify(seed));
    const { code, stderr } = await runHostbeat(['seed', file, '--offline'], this.#env);
    if (code !== 0) throw new Error(stderr);
  }
}
