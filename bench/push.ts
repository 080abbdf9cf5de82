/**
 * From the PUT that forces a host down to the frame on the owners' sockets: one host, 300 servers of 30 owners, 3 000
 * sockets; one owner with one socket; 100 such hosts at once. Measured from before the PUT is sent to the arrival of
 * the frame in another process, so it includes both directions of the network, the commit with its disk flush, and the
 * fan-out. Baseline of the same run, passes in turn: a bare `ws` server that writes one ready frame to as many sockets.
 */
import { Report, round as rounded, spread } from './support/report.ts';
import { LOAD_CORE, now, openSite, pin } from './support/site.ts';
import { bareTarget, forceDown, hostbeatTarget, round, type Target } from './support/target.ts';

const PASSES = 3;
const ROUNDS = 20;
/** Owners depend on a server that has run for a while: until then the runtime has not compiled much of the path. */
const WARM_UP = 20;
const HOSTS_AT_ONCE = 100;

const CASES = [
  { owners: 30, sockets: 3_000, servers: 300 },
  { owners: 1, sockets: 1, servers: 1 },
] as const;

async function pass(target: Target): Promise<{ each: number[]; last: number[] }> {
  const each: number[] = [];
  const last: number[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    const result = await round(target);
    each.push(...result.late);
    last.push(result.last);
  }
  return { each, last };
}

async function oneHost(report: Report, { owners, sockets, servers }: (typeof CASES)[number]): Promise<void> {
  const site = await openSite({ owners, hosts: 1, serversPerHost: servers });
  const ours = await hostbeatTarget(site, sockets);
  const { bytes } = await round(ours);
  const sides = { hostbeat: ours, 'bare ws': await bareTarget('prepared', sockets, bytes) };
  const results = { hostbeat: { each: [], last: [] }, 'bare ws': { each: [], last: [] } } as Record<
    keyof typeof sides,
    { each: number[]; last: number[] }
  >;
  for (const target of Object.values(sides)) for (let n = 0; n < WARM_UP; n += 1) await pass(target);
  for (let n = 0; n < PASSES; n += 1) {
    for (const name of ['hostbeat', 'bare ws'] as const) {
      const { each, last } = await pass(sides[name]);
      results[name].each.push(...each);
      results[name].last.push(...last);
    }
  }
  const what =
    sockets === 1 ? 'one owner, one socket' : `${sockets} sockets, ${owners} owners, ${servers} servers`;
  for (const [name, { each, last }] of Object.entries(results)) {
    report.add(`${what}: ${name}, each frame`, 'ms', spread(each));
    report.add(`${what}: ${name}, last frame of a round`, 'ms', spread(last));
  }
  const ratio = spread(results.hostbeat.each).p50 / spread(results['bare ws'].each).p50;
  report.add(`${what}: hostbeat / bare ws at p50`, 'ratio', { ratio: rounded(ratio) });
  for (const target of Object.values(sides)) target.close();
  await site[Symbol.asyncDispose]();
}

/**
 * Every owner has servers on every host; the PUTs are sent together. Ends when each owner has received the change of
 * each server.
 */
async function manyHosts(report: Report): Promise<void> {
  const [layout] = CASES;
  const site = await openSite({
    owners: layout.owners,
    hosts: HOSTS_AT_ONCE,
    serversPerHost: layout.servers,
  });
  const target = await hostbeatTarget(site, layout.sockets);
  const last: number[] = [];
  for (const down of [true, false, true, false, true]) {
    await target.generator.clear();
    const start = now();
    await Promise.all(site.services.map(({ uuid }) => forceDown(site, uuid, down)));
    const answered = now() - start;
    const { arrivals } = await target.generator.settle(1_000);
    last.push(arrivals.reduce((a, b) => Math.max(a, b), 0) - start);
    report.add(`${HOSTS_AT_ONCE} hosts at once`, 'ms', {
      frames: arrivals.length,
      all_answered: rounded(answered),
      last_frame: rounded(last.at(-1) ?? 0),
    });
  }
  report.add(`${HOSTS_AT_ONCE} hosts at once: last frame`, 'ms', spread(last));
  target.close();
  await site[Symbol.asyncDispose]();
}

pin(process.pid, LOAD_CORE);
const report = new Report('push');
for (const layout of CASES) await oneHost(report, layout);
await manyHosts(report);
report.finish();
