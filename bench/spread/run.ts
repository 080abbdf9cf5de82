/**
 * One event to 10 000 sockets of one owner: all of them at one node, then half at each of two nodes of one PostgreSQL. The
 * processor time of the busier node bounds the events a second, so its ratio is what a second node on another core adds.
 */
import { startCluster } from '../../tests/support/postgres/cluster.ts';
import { startServer } from '../../tests/support/process.ts';
import { debiansPostgres } from '../support/engine.ts';
import { Report, round as rounded } from '../support/report.ts';
import { openSite } from '../support/site.ts';
import { cpuSeconds, forceDown, load } from '../support/target.ts';

const SOCKETS = 10_000;
const WARM_UP = 20;
const ROUNDS = 30;
const PATIENCE_MS = 60_000;

const bin = debiansPostgres();
const report = new Report('spread');
const cluster = await startCluster(bin, { fsync: 'on' });
const env = {
  HOSTBEAT_DATABASE_URL: cluster.url,
  HOSTBEAT_ADMIN_PASSWORD: 'bench',
  HOSTBEAT_SERVICE_DOWN_TIME: '3600',
  HOSTBEAT_MAX_CONNECTIONS_PER_PROJECT: '20000',
  HOSTBEAT_HEALTH_INTERVAL: '600',
  HOSTBEAT_PING_INTERVAL: '600',
};
const site = await openSite({ owners: 1, hosts: 1, serversPerHost: 10 }, env);
const second = await startServer(env);
let fired = 0;

/** @returns milliseconds of processor time of each server for one event */
async function measured(
  servers: readonly { readonly url: string; readonly pid: number }[],
): Promise<number[]> {
  const each = SOCKETS / servers.length;
  const tokens = Array<string>(each).fill(site.owners[0] ?? '');
  const generators: Awaited<ReturnType<typeof load>>[] = [];
  for (const { url } of servers)
    generators.push(await load(new URL(url), '/v1/stream', 'hostbeat.v1', tokens));
  const turn = async () => {
    for (const generator of generators) await generator.clear();
    const arrived = Promise.all(generators.map((generator) => generator.collect(each, PATIENCE_MS)));
    await forceDown(site, site.services[0]?.uuid ?? '', fired++ % 2 === 0);
    for (const { arrivals } of await arrived)
      if (arrivals.length < each) throw new Error(`${arrivals.length} of ${each} frames arrived`);
  };
  for (let n = 0; n < WARM_UP; n += 1) await turn();
  const before = servers.map(({ pid }) => cpuSeconds(pid));
  for (let n = 0; n < ROUNDS; n += 1) await turn();
  const spent = servers.map(({ pid }, n) => ((cpuSeconds(pid) - (before[n] ?? 0)) / ROUNDS) * 1_000);
  for (const generator of generators) generator.close();
  return spent;
}

// Once before, so that the path is compiled at both when it counts.
await measured([site.server, second]);
const [alone = 0] = await measured([site.server]);
const both = await measured([site.server, second]);
report.add(`one event to ${SOCKETS} sockets, processor time`, 'ms', {
  'one node': rounded(alone),
  'of two, that with the commit': rounded(both[0] ?? 0),
  'of two, the other': rounded(both[1] ?? 0),
});
report.add('deliveries of two nodes on two cores / of one node', 'ratio', {
  'by processor time': rounded(alone / Math.max(...both)),
});
report.finish();
await second.kill();
await site[Symbol.asyncDispose]();
await cluster.close();
