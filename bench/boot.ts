/**
 * From the spawn of a server on a file with 100 000 services and a million servers to `/readyz` 200, and its memory
 * then and a little later; after an orderly end and after kill -9. Baseline of the same run: a process that opens the
 * same file with the same driver, reads the services and counts the servers.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startServer } from '../tests/support/process.ts';
import { openMillion, SERVERS, SERVICES } from './support/million.ts';
import { median, Report, round, spread } from './support/report.ts';
import { now } from './support/site.ts';
import { rssBytes, untilIdle } from './support/target.ts';

const PASSES = 5;

interface Start {
  readonly ms: number;
  readonly mb: number;
}

async function hostbeat(
  settings: Record<string, string>,
  end: 'stop' | 'kill',
): Promise<Start & { later: number }> {
  const start = now();
  const server = await startServer(settings);
  while ((await fetch(`${server.url}/readyz`)).status !== 200);
  const ready = { ms: now() - start, mb: rssBytes(server.pid) / 1e6 };
  await untilIdle(server.pid);
  const later = rssBytes(server.pid) / 1e6;
  await server[end]();
  return { ...ready, later };
}

async function bare(file: string): Promise<Start> {
  const start = now();
  const script = join(import.meta.dirname, 'support/bare/boot.ts');
  const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  if (child.stdout === null) throw new Error('no standard output');
  await once(child.stdout, 'data');
  const read = { ms: now() - start, mb: rssBytes(child.pid ?? 0) / 1e6 };
  child.disconnect();
  await once(child, 'exit');
  return read;
}

const report = new Report('boot');
const site = await openMillion();
const all = { stop: [] as Start[], kill: [] as Start[], bare: [] as Start[] };
const rest: number[] = [];
// The first start does the work that filling the database left.
await hostbeat(site.settings, 'stop');
for (let n = 0; n < PASSES; n += 1) {
  // The way one process ends affects the next start.
  for (const [met, end] of [
    ['stop', 'kill'],
    ['kill', 'stop'],
  ] as const) {
    const { later, ...start } = await hostbeat(site.settings, end);
    all[met].push(start);
    rest.push(later);
  }
  all.bare.push(await bare(site.file));
}
const what = { stop: 'ready after an orderly end', kill: 'ready after kill -9', bare: 'bare: rows read' };
for (const [name, starts] of Object.entries(all)) {
  const key = name as keyof typeof all;
  report.add(`${what[key]}`, 'ms', spread(starts.map(({ ms }) => ms)));
  report.add(`${what[key]}`, 'MB', { rss: round(median(starts.map(({ mb }) => mb))) });
}
report.add('at rest', 'MB', { rss: round(median(rest)) });
const of = (key: keyof typeof all) => median(all[key].map(({ ms }) => ms));
report.add(`${SERVICES} services, ${SERVERS} servers: ready / bare`, 'ratio', {
  ratio: round(of('stop') / of('bare')),
});
await site[Symbol.asyncDispose]();
report.finish();
