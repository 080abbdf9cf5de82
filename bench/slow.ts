/**
 * One in a hundred of 10 000 sockets stops reading, and is written to until it is closed. What the others notice: each
 * frame during that time, beside each frame before and after it, since the machine's own speed varies; and the cost:
 * memory while their backlog grows to its bound.
 */
import { randomUUID } from 'node:crypto';
import { median, Report, round as rounded, spread } from './support/report.ts';
import { LOAD_CORE, openSite, pin } from './support/site.ts';
import { forceDown, load, rssBytes } from './support/target.ts';

const SOCKETS = 10_000;
const EVERY = 100;
const SERVERS = 100;
const ROUNDS = 60;
/**
 * Changes between two rounds that are sent only to clients that will stop reading, or have stopped: the kernel buffers
 * tens of megabytes for each of them.
 */
const UNHEARD = 15;
const MOST_ROUNDS = 300;

pin(process.pid, LOAD_CORE);
const report = new Report('slow');
const site = await openSite(
  { owners: 2, hosts: 2, serversPerHost: 0 },
  { HOSTBEAT_MAX_CONNECTIONS_PER_PROJECT: '20000' },
);
const [readers, hanging] = await projects();
await addServers('host-0', readers, SERVERS);
await addServers('host-0', hanging, 1);
await addServers('host-1', hanging, SERVERS);
// The last is opened first.
const tokens = Array.from({ length: SOCKETS }, (_, n) => site.owners[(n + 1) % EVERY === 0 ? 1 : 0] ?? '');
const generator = await load(new URL(site.server.url), '/v1/stream', 'hostbeat.v1', tokens);

async function projects(): Promise<[string, string]> {
  const { json } = await site.admin.request('GET', '/identity/v3/projects');
  const all = (json as { projects: readonly { id: string; name: string }[] }).projects;
  const [first, second] = [0, 1].map((n) => all.find(({ name }) => name === `project-${n}`)?.id ?? '');
  return [first ?? '', second ?? ''];
}

async function addServers(host: string, project: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    const server = { name: `server-${host}-${n}`, project_id: project, host };
    const { status, json } = await site.admin.request('PUT', `/v1/instances/${randomUUID()}`, server);
    if (status >= 300) throw new Error(`PUT: ${status} ${JSON.stringify(json)}`);
  }
}

/** As the server counts them: a client that does not read gets no frames either. */
async function cut(): Promise<number> {
  const metrics = await (await fetch(`${site.server.url}/metrics`)).text();
  return Number(/slow_consumers_total (\d+)/.exec(metrics)?.[1] ?? 0);
}

const down = [false, false];
async function fire(host: 0 | 1): Promise<void> {
  down[host] = !down[host];
  await forceDown(site, site.services[host]?.uuid ?? '', down[host]);
}

/** @param stalled how many do not read and are to be closed before it ends */
async function rounds(listening: number, stalled = 0): Promise<{ each: number[]; rss: number }> {
  const each: number[] = [];
  let rss = 0;
  for (let n = 0; n < ROUNDS || (n < MOST_ROUNDS && (await cut()) < stalled); n += 1) {
    for (let unheard = 0; unheard < UNHEARD; unheard += 1) await fire(1);
    // While they read, earlier frames are still arriving.
    await generator.settle(100);
    await generator.clear();
    const mono = Number(process.hrtime.bigint()) / 1e6;
    const collected = generator.collect(listening, 20_000);
    await fire(0);
    const { arrivals } = await collected;
    if (arrivals.length < listening) throw new Error(`${arrivals.length} of ${listening} arrived`);
    each.push(...arrivals.map((at) => at - mono));
    rss = Math.max(rss, rssBytes(site.server.pid));
  }
  return { each, rss };
}

await rounds(SOCKETS);
const before = await rounds(SOCKETS);
const stalled = await generator.stall(EVERY);
const during = await rounds(SOCKETS - stalled, stalled);
const cutNow = await cut();
const after = await rounds(SOCKETS - stalled);
const calm = [...before.each, ...after.each];
report.add('all read, before: each frame', 'ms', spread(before.each));
report.add(`${stalled} of ${SOCKETS} stopped reading: each frame of the others`, 'ms', spread(during.each));
report.add('all read, after those were cut: each frame', 'ms', spread(after.each));
report.add('during / before and after', 'ratio', {
  p50: rounded(median(during.each) / median(calm)),
  p99: rounded(spread(during.each).p99 / spread(calm).p99),
});
report.add('memory of the server', 'MB', {
  before: Math.round(before.rss / 1e6),
  most_meanwhile: Math.round(during.rss / 1e6),
});
report.add('connections cut because they did not read', '', { count: cutNow });
generator.close();
await site[Symbol.asyncDispose]();
report.finish();
