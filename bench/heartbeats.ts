/**
 * Reports a second with 100 000 services on one core, over HTTP and over agents' sockets, and how often the path
 * touched the database. Baseline of the same run, passes in turn: a bare Hono route and a bare `ws` server that parse
 * the same bytes, move a deadline and do nothing else. `--only WORD` runs the cases that have it in their name;
 * `--profile DIR` keeps a processor profile of the server there.
 */
import { parseArgs } from 'node:util';
import { baseline } from './support/child.ts';
import { type Intake, overHttp, overSocketsAtOnce, overSocketsInTurn } from './support/load/intake.ts';
import { median, Report, round, spread } from './support/report.ts';
import { LOAD_CORE, openSite, pin } from './support/site.ts';

const SERVICES = 100_000;
const PASSES = 3;
const SECONDS = 3;

const WAYS = [
  // Gateways, each of which sends the same reports every time; and one gateway for very many services, which sends many
  // frames.
  { what: 'agent sockets, 100 reports a frame', size: 100, connections: 1_000, run: overSocketsAtOnce },
  {
    what: 'agent sockets, 100 reports a frame, another hundred each time',
    size: 100,
    connections: 16,
    run: overSocketsAtOnce,
  },
  { what: 'agent sockets, 1 report a frame', size: 1, connections: 16, run: overSocketsAtOnce },
  { what: 'HTTP, 100 reports a batch', size: 100, connections: 16, run: overHttp },
  { what: 'HTTP, 1 report a request', size: 1, connections: 16, run: overHttp },
  {
    what: '1 000 agent sockets, 1 report a frame, each answer waited for',
    size: 1,
    connections: 1_000,
    run: overSocketsInTurn,
  },
] as const;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    profile: { type: 'string' },
    save: { type: 'boolean' },
    database: { type: 'string' },
  },
});

/** On a new connection: a kept one may be closed while the server has more than it can read. */
async function asked(url: URL, path: string): Promise<string> {
  return (await fetch(new URL(path, url), { headers: { connection: 'close' } })).text();
}

async function metric(url: URL, name: string): Promise<number> {
  const text = await asked(url, '/metrics');
  const lines = text.split('\n').filter((line) => line.startsWith(name));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function main(): Promise<void> {
  pin(process.pid, LOAD_CORE);
  const report = new Report('heartbeats');
  const site = await openSite(
    { owners: 1, hosts: SERVICES, serversPerHost: 0 },
    {
      // Between two passes the agents' sockets are closed: that must not be committed as a hundred thousand silences.
      HOSTBEAT_RECONNECT_WINDOW: '3600',
      ...(values.profile === undefined
        ? {}
        : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${values.profile}` }),
    },
  );
  const bare = await baseline('bare/intake.ts');
  const own = new URL(site.server.url);
  const sides = {
    hostbeat: {
      url: own,
      pid: site.server.pid,
      taken: () => metric(own, 'hostbeat_reports_total{outcome="accepted"}'),
      answers: true,
    },
    bare: {
      url: bare.url,
      pid: bare.pid,
      taken: async () => Number(await asked(bare.url, '/count')),
      answers: false,
    },
  };
  const hosts = site.services.map(({ host }) => host);
  for (const { what, size, connections, run } of WAYS.filter((way) => way.what.includes(values.only))) {
    const batches = Array.from({ length: SERVICES / size }, (_, n) =>
      JSON.stringify({
        reports: hosts.slice(n * size, (n + 1) * size).map((host) => ({ host, binary: 'nova-compute' })),
      }),
    );
    const results: Record<keyof typeof sides, Intake[]> = { hostbeat: [], bare: [] };
    // Last reports are written after the path and announce nothing: they are not counted here.
    const before = await metric(own, 'hostbeat_commits_total');
    // The first of each is for the compiler.
    for (let n = 0; n <= PASSES; n += 1) {
      for (const side of ['hostbeat', 'bare'] as const) {
        const load = { ...sides[side], token: site.admin.token, batches, connections, seconds: SECONDS };
        const pass = await run(load, size);
        if (n > 0) results[side].push(pass);
      }
    }
    const rate = (passes: readonly Intake[]) => median(passes.map((p) => p.reports / p.seconds));
    for (const side of ['hostbeat', 'bare'] as const) {
      report.add(`${what}: ${side}`, 'reports/s', { median: Math.round(rate(results[side])) });
      const latencies = results[side].flatMap((pass) => pass.latencies);
      if (latencies.length > 0) report.add(`${what}: ${side}, answer after`, 'ms', spread(latencies));
    }
    const each = (passes: readonly Intake[]) => median(passes.map((p) => p.reports / p.cpu));
    report.add(`${what}: hostbeat / bare`, 'ratio', {
      ratio: round(rate(results.hostbeat) / rate(results.bare)),
      // On a machine with other load, this figure still holds.
      'by processor time': round(each(results.hostbeat) / each(results.bare)),
    });
    report.add(`${what}: transactions on the path`, '', {
      count: (await metric(own, 'hostbeat_commits_total')) - before,
    });
  }
  bare.close();
  if (values.profile !== undefined) await site.server.stop();
  await site[Symbol.asyncDispose]();
  report.finish();
}

await main();
