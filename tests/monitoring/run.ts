/**
 * What ships for Prometheus and Grafana, loaded into Debian's Prometheus, which watches a running server: the alert rules
 * are sound and fire when they must, every rule and every panel can be evaluated, and the names of the metrics follow
 * the convention. Needs: apt-get install prometheus
 */
import '../../server/runtime/supported.mjs';
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { login } from '../support/http.ts';
import { runCommand, type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

const shipped = resolve(import.meta.dirname, '../../docs/deploy/monitoring');
const folder = await temporaryFolder();
let server: ServerProcess;
let prometheus: Prometheus;

const test = suite('monitoring');

test.before(async () => {
  server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/monitored.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
  });
  const admin = await login(server.url, 'admin', 'pw', 'admin');
  await admin.request('POST', '/v1/reports', { reports: [{ host: 'c1' }, { host: 'c2' }] });
  prometheus = await Prometheus.watching(server.url);
});

test.after(async () => {
  await prometheus?.stop();
  await server[Symbol.asyncDispose]();
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

test('a Prometheus that runs with what ships takes the metrics and evaluates every rule', async () => {
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
  for (const { title, targets } of dashboard.panels) {
    for (const { expr } of targets) {
      const asked = expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '1m');
      await prometheus.query(asked);
      for (const [name] of asked.matchAll(/\b(hostbeat|process)_\w+/g))
        assert.ok(name.replace(/_(bucket|count)$/, '') in known, `${title}: ${name}`);
    }
  }
});

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
      .replace('alerts.yml', join(shipped, 'alerts.yml'));
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
    const told = (ask: () => Promise<boolean>) => () => ask().catch(() => false);
    const taken = async () => (await prometheus.query('hostbeat_services_live')).length > 0;
    await until('Prometheus to take the metrics', told(taken));
    const evaluated = async () => {
      const { groups } = await prometheus.get('rules');
      return groups[0]?.rules.every(({ health }: { health: string }) => health !== 'unknown');
    };
    await until('Prometheus to evaluate the rules', told(evaluated));
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
