/**
 * How cost grows: with sockets, with servers and with services, as figures in docs/pictures/ that docs/performance.md
 * shows. Each point is a new server on a fresh file. The baseline of each curve is its first point: a cost that does
 * not depend on the number is a flat line. Arguments after the name choose curves (`sockets`, `servers`, `services`).
 * Without `--save` nothing in docs/ is changed.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { login } from '../tests/support/http.ts';
import { startServer } from '../tests/support/process.ts';
import { type Curve, drawn, type Figure } from './support/curves.ts';
import { openLarge, serverId } from './support/large-site.ts';
import { fireGets } from './support/load/gets.ts';
import { Report, round as rounded } from './support/report.ts';
import { LOAD_CORE, now, openSite, pin, SERVER_CORE } from './support/site.ts';
import { standing } from './support/standing.ts';
import { cpuSeconds, hostbeatTarget, round, rssBytes, untilIdle } from './support/target.ts';

const SOCKETS = [1_000, 5_000, 10_000, 19_000];
const SERVERS = [10_000, 100_000, 300_000, 1_000_000];
const SERVICES = [1_000, 10_000, 100_000, 1_000_000];
const SECONDS = 10;

/** The curves, by the name of what grows along them. */
class Curves {
  readonly #points = new Map<string, { x: number; y: number }[]>();

  add(x: number, figures: Readonly<Record<string, number>>): void {
    for (const [name, y] of Object.entries(figures)) {
      this.#points.set(name, [...(this.#points.get(name) ?? []), { x, y }]);
    }
  }

  get all(): Curve[] {
    return [...this.#points].map(([name, points]) => ({ name, points }));
  }
}

type Measure = (many: number) => Promise<Readonly<Record<string, number>>>;

async function ofSockets(sockets: number): Promise<Readonly<Record<string, number>>> {
  await using site = await openSite(
    { owners: 1, hosts: 1, serversPerHost: 10 },
    { HOSTBEAT_MAX_CONNECTIONS_PER_PROJECT: '20000' },
  );
  const empty = rssBytes(site.server.pid);
  const target = await hostbeatTarget(site, sockets);
  for (let n = 0; n < 10; n += 1) await round(target);
  const before = cpuSeconds(site.server.pid);
  for (let n = 0; n < 10; n += 1) await round(target);
  const each = ((cpuSeconds(site.server.pid) - before) * 1e6) / (10 * sockets);
  await untilQuiet();
  const start = cpuSeconds(site.server.pid);
  await new Promise((then) => setTimeout(then, SECONDS * 1_000));
  const idle = ((cpuSeconds(site.server.pid) - start) * 1e6) / (SECONDS * sockets);
  const memory = (rssBytes(site.server.pid) - empty) / 1_024 / sockets;
  target.close();
  return { 'event, µs': rounded(each), 'idle, µs a second': rounded(idle), 'memory, kB': rounded(memory) };
}

/** Work left by a commit is not part of what idle sockets cost. */
function untilQuiet(): Promise<void> {
  return new Promise((then) => setTimeout(then, 3_000));
}

async function ofServers(servers: number): Promise<Readonly<Record<string, number>>> {
  await using site = await openLarge(servers);
  const start = now();
  const server = await startServer(site.settings);
  const ready = now() - start;
  pin(server.pid, SERVER_CORE);
  const { token } = await login(server.url, 'admin', 'bench', 'admin');
  await untilIdle(server.pid);
  const ids = Array.from({ length: 2_000 }, (_, n) => serverId(n * Math.floor(servers / 2_000)));
  const cpu = async (paths: readonly string[], connections: number) => {
    const before = cpuSeconds(server.pid);
    const { requests } = await fireGets({
      url: new URL(server.url),
      pid: server.pid,
      headers: { 'X-Auth-Token': token, 'OpenStack-API-Version': 'compute 2.16' },
      paths,
      connections,
      seconds: SECONDS / 2,
    });
    return ((cpuSeconds(server.pid) - before) * 1_000) / requests;
  };
  const page = '/v2.1/servers/detail?all_tenants=1&limit=100';
  const figures = {
    'start, ms': rounded(ready),
    'one server, ms': rounded(
      await cpu(
        ids.map((id) => `/v2.1/servers/${id}`),
        16,
      ),
    ),
    'page of 100, ms': rounded(
      await cpu(
        ids.map((id) => `${page}&marker=${id}`),
        4,
      ),
    ),
  };
  await server.stop();
  return figures;
}

async function ofServices(services: number): Promise<Readonly<Record<string, number>>> {
  // Side by side: each is measured by its own processor time.
  const [idle, changes] = await Promise.all([
    standing(services, 'idle', SECONDS),
    standing(services, 'changes', SECONDS),
  ]);
  return {
    'at rest, % of a core': rounded(idle.cpuPercent),
    '20 changes a second': rounded(changes.cpuPercent),
    'memory, MB': rounded(changes.rssMb),
  };
}

const ALL: Readonly<
  Record<string, { measure: Measure; sizes: readonly number[]; figure: Omit<Figure, 'curves'> }>
> = {
  sockets: {
    measure: ofSockets,
    sizes: SOCKETS,
    figure: { title: 'What one socket costs', xLabel: 'sockets', yLabel: 'each of them' },
  },
  servers: {
    measure: ofServers,
    sizes: SERVERS,
    figure: {
      title: 'What a start and a request cost',
      xLabel: 'servers stored',
      yLabel: 'processor time, or time',
    },
  },
  services: {
    measure: ofServices,
    sizes: SERVICES,
    figure: { title: 'What a second costs', xLabel: 'services', yLabel: 'percent, and memory' },
  },
};

pin(process.pid, LOAD_CORE);
const report = new Report('growth');
const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
for (const [name, { measure, sizes, figure }] of Object.entries(ALL)) {
  if (words.length > 0 && !words.includes(name)) continue;
  const curves = new Curves();
  for (const many of sizes) {
    const figures = await measure(many);
    curves.add(many, figures);
    report.add(`${many} ${name}`, '', figures);
  }
  if (!process.argv.includes('--save')) continue;
  const folder = join(import.meta.dirname, '../docs/pictures');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `growth-${name}.svg`), drawn({ ...figure, curves: curves.all }));
}
report.finish();
