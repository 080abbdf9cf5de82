/**
 * Reports a second with 100 000 services, over HTTP batches and over agents' sockets, and how often the path touched
 * the database. Baseline of the same run, passes in turn: a bare Hono route and a bare `ws` server that parse the same
 * batches, count them and keep nothing.
 */
import { baseline } from './support/child.ts';
import { type Intake, overHttp, overSockets } from './support/intake.ts';
import { median, Report, round, spread } from './support/report.ts';
import { LOAD_CORE, openSite, pin } from './support/site.ts';

const SERVICES = 100_000;
const PASSES = 3;
const SECONDS = 4;

const WAYS = [
  { what: 'HTTP, 1 000 reports a batch, 8 connections', size: 1_000, connections: 8, run: overHttp },
  { what: 'agent sockets, 100 reports a frame, 64 sockets', size: 100, connections: 64, run: overSockets },
  { what: 'agent sockets, 1 report a frame, 1 000 sockets', size: 1, connections: 1_000, run: overSockets },
] as const;

/** Transactions of the server that had anything to tell. Last reports are written behind the path, in batches. */
async function commits(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith('hostbeat_commits_total'));
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}

async function main(): Promise<void> {
  pin(process.pid, LOAD_CORE);
  const report = new Report('heartbeats');
  const site = await openSite(
    { owners: 1, hosts: SERVICES, serversPerHost: 0 },
    // Between two passes the agents' sockets are closed: that must not be told as a hundred thousand silences.
    { HOSTBEAT_RECONNECT_WINDOW: '3600' },
  );
  const bare = await baseline('bare-intake.ts');
  const hosts = site.services.map(({ host }) => host);
  for (const { what, size, connections, run } of WAYS) {
    const batches = Array.from({ length: SERVICES / size }, (_, n) =>
      JSON.stringify({
        reports: hosts.slice(n * size, (n + 1) * size).map((host) => ({ host, binary: 'nova-compute' })),
      }),
    );
    const sides = { hostbeat: new URL(site.server.url), bare: bare.url };
    const results: Record<keyof typeof sides, Intake[]> = { hostbeat: [], bare: [] };
    const before = await commits(site.server.url);
    for (let n = 0; n < PASSES; n += 1) {
      for (const side of ['hostbeat', 'bare'] as const) {
        results[side].push(await run(sides[side], site.admin.token, batches, size, connections, SECONDS));
      }
    }
    const rates = Object.fromEntries(
      Object.entries(results).map(([side, passes]) => [
        side,
        median(passes.map((p) => p.reports / p.seconds)),
      ]),
    );
    for (const [side, passes] of Object.entries(results)) {
      report.add(`${what}: ${side}`, 'reports/s', { median: Math.round(rates[side] ?? 0) });
      report.add(`${what}: ${side}, answer after`, 'ms', spread(passes.flatMap((p) => p.latencies)));
    }
    report.add(`${what}: hostbeat / bare`, 'ratio', {
      ratio: round((rates.hostbeat ?? 0) / (rates.bare ?? 1)),
    });
    report.add(`${what}: transactions on the path`, '', { count: (await commits(site.server.url)) - before });
  }
  bare.close();
  await site[Symbol.asyncDispose]();
  report.finish();
}

await main();
