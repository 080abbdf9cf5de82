/**
 * What ships for Prometheus and Grafana, loaded into Debian's Prometheus, which watches a running server: the alert rules
 * are sound and fire when they must, every rule and every panel can be evaluated, and the names of the metrics follow
 * the convention. Needs: apt-get install prometheus; with postgresql too, the metrics of nodes are there to be asked for
 */
import '../../server/runtime/supported.mjs';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { login } from '../support/http.ts';
import { type Cluster, postgresBinaries, startCluster } from '../support/postgres/cluster.ts';
import { runCommand, type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

const SERVER = '5b1ad4f4-8e4b-4f5e-9a52-0a1e3d5c7b90';
const shipped = resolve(import.meta.dirname, '../../docs/deploy/monitoring');
const folder = await temporaryFolder();
let cluster: Cluster | undefined;
let server: ServerProcess;
let prometheus: Prometheus;

const test = suite('monitoring');

test.before(async () => {
  const postgres = postgresBinaries();
  if (postgres !== undefined) cluster = await startCluster(postgres);
  server = await startServer({
    HOSTBEAT_DATABASE_URL: cluster?.url ?? `sqlite:${folder.path}/monitored.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
  });
  const admin = await login(server.url, 'admin', 'pw', 'admin');
  await admin.request('POST', '/v1/reports', { reports: [{ host: 'c1' }, { host: '192.0.2.9' }] });
  await admin.request('PUT', `/v1/instances/${SERVER}`, {
    project_id: 'somebodys',
    name: 'vm-1',
    host: 'c1',
    addresses: { net: [{ addr: '10.0.0.7', version: 4, type: 'fixed', mac_addr: 'fa:16:3e:00:00:01' }] },
  });
  prometheus = await Prometheus.watching(server.url);
});

test.after(async () => {
  await prometheus?.stop();
  await server?.[Symbol.asyncDispose]();
  await cluster?.close();
  await folder[Symbol.asyncDispose]();
});

async function promtool(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand('promtool', args);
  assert.is(code, 0, `${stdout}${stderr}`);
  return stdout;
}

test('the rules and the configuration are sound', async () => {
  await promtool('check', 'rules', join(shipped, 'alerts.yml'));
  await promtool('check', 'config', join(shipped, 'prometheus.yml'));
});

test('alerts fire when they must, and not before', async () => {
  await promtool('test', 'rules', join(shipped, 'alerts.test.yml'));
});

test('names and units of our metrics follow the convention', async () => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  // The runtime's own come from prom-client as they are.
  const ours = text.split('\n').filter((line) => /^(# (HELP|TYPE) )?hostbeat_/.test(line));
  const file = join(folder.path, 'metrics.txt');
  await writeFile(file, `${ours.join('\n')}\n`);
  const { code, stdout, stderr } = await runCommand('sh', ['-c', `promtool check metrics < ${file}`]);
  assert.is(code, 0, `${stdout}${stderr}`);
});

test('a Prometheus with the shipped files scrapes the metrics and evaluates every rule', async () => {
  const { groups } = await prometheus.get('rules');
  const rules = groups.flatMap((group: { rules: unknown[] }) => group.rules);
  const written = [...(await readFile(join(shipped, 'alerts.yml'), 'utf8')).matchAll(/- alert: (\w+)/g)];
  assert.equal(
    rules.map(({ name }: { name: string }) => name),
    written.map(([, name]) => name),
  );
  for (const { name, health, lastError } of rules) assert.is(health, 'ok', `${name}: ${lastError}`);
  const firing = rules.filter(({ state }: { state: string }) => state === 'firing');
  assert.equal(firing, []);
  assert.is((await prometheus.query('hostbeat_services_live'))[0]?.value[1], '2');
});

test('every panel of the dashboard asks for something that there is', async () => {
  const dashboard = JSON.parse(await readFile(join(shipped, 'dashboard.json'), 'utf8'));
  const known = await prometheus.get('metadata');
  for (const { type, title, targets } of dashboard.panels) {
    if (type === 'row') continue;
    for (const { expr } of targets) {
      const asked = expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m');
      await prometheus.query(asked);
      for (const [name] of asked.matchAll(/\b(hostbeat|process)_\w+/g))
        if (cluster !== undefined || !name.startsWith('hostbeat_node'))
          assert.ok(name.replace(/_(bucket|count)$/, '') in known, `${title}: ${name}`);
    }
  }
});

test('openstack_sd_configs finds servers and hypervisors', async () => {
  const { activeTargets } = await prometheus.get('targets?state=active');
  const found = (job: string) =>
    activeTargets
      .filter(({ labels }: { labels: Record<string, string> }) => labels.job === job)
      .map(({ discoveredLabels }: { discoveredLabels: Record<string, string> }) => discoveredLabels);
  const [vm, ...noMore] = found('servers');
  assert.equal(noMore, []);
  assert.equal([vm.__address__, vm.__meta_openstack_instance_name], ['10.0.0.7:9100', 'vm-1']);
  // A host that is named by its address has that one, any other that which it was reported from.
  const hypervisors = found('hypervisors').toSorted(byAddress);
  assert.equal(
    hypervisors.map((labels: Record<string, string>) => [
      labels.__address__,
      labels.__meta_openstack_hypervisor_hostname,
      labels.__meta_openstack_hypervisor_state,
    ]),
    [
      ['127.0.0.1:9101', 'c1', 'up'],
      ['192.0.2.9:9101', '192.0.2.9', 'up'],
    ],
  );
});

function byAddress(a: Record<string, string>, b: Record<string, string>): number {
  return (a.__address__ ?? '') < (b.__address__ ?? '') ? -1 : 1;
}

/** As an operator writes it to have what runs on a cloud scraped. */
function discovery(url: string): string {
  const job = (name: string, role: string, port: number) => `
  - job_name: ${name}
    openstack_sd_configs:
      - role: ${role}
        region: RegionOne
        identity_endpoint: ${url}/identity/v3
        username: admin
        password: pw
        project_name: admin
        domain_name: Default
        all_tenants: true
        refresh_interval: 10s
        port: ${port}
`;
  return job('servers', 'instance', 9100) + job('hypervisors', 'hypervisor', 9101);
}

/** Debian's, with what ships but for the server's address and shorter intervals. */
class Prometheus {
  readonly #child: ChildProcess;
  readonly #url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.#url = url;
  }

  static async watching(url: string): Promise<Prometheus> {
    const config = (await readFile(join(shipped, 'prometheus.yml'), 'utf8'))
      .replace('127.0.0.1:8774', new URL(url).host)
      .replaceAll('10s', '1s')
      .replace('alerts.yml', join(shipped, 'alerts.yml'))
      .concat(discovery(url));
    const file = join(folder.path, 'prometheus.yml');
    await writeFile(file, config);
    const child = spawn(
      'prometheus',
      [
        `--config.file=${file}`,
        `--storage.tsdb.path=${folder.path}/tsdb`,
        '--web.listen-address=127.0.0.1:0',
        '--log.format=json',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let log = '';
    const address = await new Promise<string>((found, failed) => {
      child.once('error', failed);
      child.once('exit', (code) => failed(new Error(`prometheus ended with ${code}:\n${log}`)));
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        log += text;
        const address = /"address":"(127\.0\.0\.1:[1-9]\d*)".*"Listening on"/.exec(log)?.[1];
        if (address !== undefined) found(address);
      });
    });
    const prometheus = new Prometheus(child, `http://${address}`);
    // It listens before it answers.
    const known = (ask: () => Promise<boolean>) => () => ask().catch(() => false);
    const taken = async () => (await prometheus.query('hostbeat_services_live')).length > 0;
    await until('Prometheus to take the metrics', known(taken));
    const evaluated = async () => {
      const { groups } = await prometheus.get('rules');
      return groups[0]?.rules.every(({ health }: { health: string }) => health !== 'unknown');
    };
    const found = async () => {
      const { activeTargets } = await prometheus.get('targets?state=active');
      return activeTargets.length >= 4;
    };
    await until('Prometheus to find servers and hypervisors', known(found));
    await until('Prometheus to evaluate the rules', known(evaluated));
    return prometheus;
  }

  // biome-ignore lint/suspicious/noExplicitAny: Prometheus' own shapes
  async get(path: string): Promise<any> {
    const answer = await fetch(`${this.#url}/api/v1/${path}`);
    const body = (await answer.json()) as { status: string; error?: string; data: unknown };
    assert.is(body.status, 'success', `${path}: ${body.error}`);
    return body.data;
  }

  async query(expression: string): Promise<{ value: [number, string] }[]> {
    return (await this.get(`query?query=${encodeURIComponent(expression)}`)).result;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    await ended;
  }
}

test.run();
