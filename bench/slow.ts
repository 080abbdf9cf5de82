/**
 * One in a hundred of 10 000 sockets stops reading. What the others notice: each frame before, and after until the last
 * of the stalled ones is cut; and what it costs: memory while their backlog grows to its bound.
 */
import { median, Report, round as rounded, spread } from './support/report.ts';
import { LOAD_CORE, openSite, pin } from './support/site.ts';
import { hostbeatTarget, rssBytes } from './support/target.ts';

const SOCKETS = 10_000;
const EVERY = 100;
const ROUNDS = 60;
/** More than the kernel's buffers of a stalled socket, and then ours, hold. */
const MOST_ROUNDS = 600;

pin(process.pid, LOAD_CORE);
const report = new Report('slow');
const site = await openSite(
  { owners: 1, hosts: 1, serversPerHost: 100 },
  { HOSTBEAT_MAX_CONNECTIONS_PER_PROJECT: '20000' },
);
const target = await hostbeatTarget(site, SOCKETS);

/** As the server counts them: a client that does not read is not told either. */
async function cut(): Promise<number> {
  const metrics = await (await fetch(`${site.server.url}/metrics`)).text();
  return Number(/slow_consumers_total (\d+)/.exec(metrics)?.[1] ?? 0);
}

async function rounds(readers: number, stalled = 0): Promise<{ each: number[]; rss: number }> {
  const each: number[] = [];
  let rss = 0;
  for (let n = 0; n < ROUNDS || (n < MOST_ROUNDS && (await cut()) < stalled); n += 1) {
    await target.generator.clear();
    const mono = Number(process.hrtime.bigint()) / 1e6;
    const collected = target.generator.collect(readers, 20_000);
    await target.fire();
    const { arrivals } = await collected;
    if (arrivals.length < readers) throw new Error(`${arrivals.length} of ${readers} arrived`);
    each.push(...arrivals.map((at) => at - mono));
    rss = Math.max(rss, rssBytes(site.server.pid));
  }
  return { each, rss };
}

await rounds(SOCKETS);
const before = await rounds(SOCKETS);
const stalled = await target.generator.stall(EVERY);
const after = await rounds(SOCKETS - stalled, stalled);
report.add('all read: each frame', 'ms', spread(before.each));
report.add(`${stalled} of ${SOCKETS} stopped reading: each frame of the others`, 'ms', spread(after.each));
report.add('after / before', 'ratio', {
  p50: rounded(median(after.each) / median(before.each)),
  p99: rounded(spread(after.each).p99 / spread(before.each).p99),
});
report.add('memory of the server', 'MB', {
  before: Math.round(before.rss / 1e6),
  most_after: Math.round(after.rss / 1e6),
});
report.add('connections cut because they did not read', '', { count: await cut() });
target.close();
await site[Symbol.asyncDispose]();
report.finish();
