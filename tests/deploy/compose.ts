/**
 * docs/deploy/nodes/compose.yaml as it ships, brought up by docker-compose on the API of a container engine: three nodes, one
 * PostgreSQL, HAProxy in front.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { freePort } from '../support/free-port.ts';
import { login } from '../support/http.ts';
import { runCommand, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';
import { root } from './shipped-image.ts';
import { standIns } from './stand-ins.ts';
import { must } from './system.ts';

const NODES = ['hb1', 'hb2', 'hb3'];
const FILES = ['compose.yaml', 'haproxy.cfg'];
/** A user who may not raise limits passes them on as they are. */
const LIMITS = { nofile: 4_096, nproc: 1_000 };
const LONG_MS = 90_000;
const WATCHED = '/tmp/watched';

/** How the engine runs containers on a machine without systemd whose limits it may not raise. */
const ENGINE = `[containers]
default_ulimits = [${Object.entries(LIMITS).map(([name, most]) => `"${name}=${most}:${most}"`)}]
[engine]
runtime = "runc"
init_path = "/usr/bin/catatonit"
`;

/** Changes what a machine of tests cannot have: its limits, and port 8774. @throws Error if nothing was there to change */
function adapted(text: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`"${from}" is not there any more`);
    return before.replaceAll(from, to);
  }, text);
}

/** What runs one project of containers. Its end takes everything away that the project made. */
class Composed {
  readonly name = `hostbeat${randomBytes(4).toString('hex')}`;
  readonly #folder: string;
  readonly #env: Record<string, string>;

  constructor(folder: string) {
    this.#folder = folder;
    this.#env = {
      CONTAINERS_CONF: join(folder, 'containers.conf'),
      DOCKER_HOST: `unix://${join(folder, 'engine.sock')}`,
    };
  }

  readonly container = (service: string) => `${this.name}_${service}_1`;

  /** The engine's API, which docker-compose talks to. */
  async serve(): Promise<AsyncDisposable> {
    const service = ['system', 'service', '--time=0', this.#env.DOCKER_HOST as string];
    const engine = spawn('podman', service, { env: { ...process.env, ...this.#env }, stdio: 'ignore' });
    const gone = once(engine, 'exit');
    return {
      [Symbol.asyncDispose]: async () => {
        engine.kill('SIGTERM');
        await gone;
      },
    };
  }

  async compose(...args: readonly string[]): Promise<string> {
    const file = ['--project-name', this.name, '--file', join(this.#folder, 'compose.yaml')];
    const { code, stdout, stderr } = await runCommand('docker-compose', [...file, ...args], this.#env);
    if (code !== 0)
      throw new Error(`docker-compose ${args.join(' ')}: exit ${code}\n${stderr.slice(-2_000)}`);
    return stdout;
  }

  /** Examines them as a timer of systemd does elsewhere, until the signal comes. */
  async examine(services: readonly string[], { signal }: { signal: AbortSignal }): Promise<void> {
    while (!signal.aborted) {
      for (const service of services)
        await runCommand('podman', ['healthcheck', 'run', this.container(service)]);
      await sleep(500, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Three nodes behind HAProxy: ready, one cloud, and an owner there goes on when the node that leads is killed. */
export async function threeNodes(image: string): Promise<void> {
  await using made = new AsyncDisposableStack();
  const { path: temporary } = made.use(await temporaryFolder());
  made.use(await standIns());
  const folder = join(temporary, 'docs/deploy/nodes');
  await mkdir(folder, { recursive: true });
  const port = await freePort();
  const limits = (text: string) => `ulimits: { ${text} }`;
  const own = Object.entries(LIMITS).map(([name, most]) => `${name}: ${most}`);
  const changes: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
    'compose.yaml': [
      ['127.0.0.1:8774:8774', `127.0.0.1:${port}:8774`],
      [limits('nofile: 1048576'), limits(own.join(', '))],
    ],
    'haproxy.cfg': [['maxconn 100000', 'maxconn 1000']],
  };
  for (const file of FILES) {
    const text = await readFile(join(root, 'docs/deploy/nodes', file), 'utf8');
    await writeFile(join(folder, file), adapted(text, changes[file] ?? []));
  }
  const password = randomBytes(16).toString('hex');
  await writeFile(join(folder, 'admin-password'), password);
  await writeFile(join(folder, 'postgres-password'), randomBytes(16).toString('hex'));
  await writeFile(join(folder, 'containers.conf'), ENGINE);

  const composed = new Composed(folder);
  made.use(await composed.serve());
  for (const node of NODES) {
    const own = `${composed.name}_${node}`;
    await must('podman', ['tag', image, own]);
    made.defer(async () => void (await runCommand('podman', ['rmi', own])));
  }
  const ended = new AbortController();
  const examined = composed.examine(['postgres'], ended);
  made.defer(async () => {
    ended.abort();
    await examined;
  });
  made.defer(async () => void (await composed.compose('down', '--volumes', '--timeout', '30')));
  await composed.compose('up', '--detach', '--no-build');

  const url = `http://127.0.0.1:${port}`;
  const ready = async () => {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    const body = (await answer?.json().catch(() => undefined)) as {
      node?: { leader: number; nodes: number };
    };
    return answer?.status === 200 ? body.node : undefined;
  };
  await until('three nodes behind HAProxy', async () => (await ready())?.nodes === 3, LONG_MS);

  const operator = await login(url, 'admin', password, 'admin');
  // As the agents of compute-1 do; the database is one, whichever node hears it.
  const reported = await operator.request('POST', '/v1/reports', { reports: [{ host: 'compute-1' }] });
  assert.is(reported.status, 200);
  const who = `OS_USERNAME=admin OS_PROJECT_NAME=admin OS_PASSWORD=$(cat /run/secrets/admin-password) HOSTBEAT_URL=http://haproxy:8774`;
  const line = (words: string) => ['sh', '-c', `${who} node server/cli/hostbeat.mjs ${words}`];
  const on = (service: string, words: string) =>
    must('podman', ['exec', composed.container(service), ...line(words)]);
  await on('hb1', 'instances add db --project admin --host compute-1');

  const leads = async (service: string) => {
    const ask = `fetch('http://127.0.0.1:8774/readyz').then(async (r) => console.log((await r.json()).node?.leads === true))`;
    const { stdout } = await runCommand('podman', ['exec', composed.container(service), 'node', '-e', ask]);
    return stdout.trim() === 'true';
  };
  const leader = async () => {
    for (const node of NODES) if (await leads(node)) return node;
    return undefined;
  };
  let first = '';
  await until(
    'a leader',
    async () => {
      first = (await leader()) ?? '';
      return first !== '';
    },
    LONG_MS,
  );
  const others = NODES.filter((node) => node !== first);
  const [owners = '', ordered = ''] = others;
  const watching = ['exec', '--detach', composed.container(owners)];
  await must('podman', [...watching, ...line(`watch --plain > ${WATCHED} 2>&1`)]);
  const watched = async () =>
    (await runCommand('podman', ['exec', composed.container(owners), 'cat', WATCHED])).stdout;
  const watches = (word: string) =>
    until(`${word} at the owner`, async () => (await watched()).includes(word), LONG_MS);
  await watches('db');
  await on(ordered, 'services force-down compute-1');
  await watches('DOWN');

  await must('podman', ['kill', composed.container(first)]);
  await until(
    'another leader',
    async () => {
      const now = await leader();
      return now !== undefined && now !== first;
    },
    LONG_MS,
  );
  await on(ordered, 'services disable compute-1');
  await watches('MAINTENANCE');

  await composed.compose('stop', '--timeout', '30');
  for (const node of others) {
    const state = ['inspect', '--format={{.State.ExitCode}}', composed.container(node)];
    assert.is(await must('podman', state), '0', node);
  }
}
