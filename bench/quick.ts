/**
 * The ratios that matter, in under three minutes, beside those of the last saved run and their goals: 1 or more is as
 * fast as a bare server that does nothing else. Fewer rows, sockets and rounds than the benches that these figures come
 * from (`rest`, `fanout`, `push`, `heartbeats`), which are the ones to trust before a release.
 */
import { login } from '../tests/support/http.ts';
import { baseline } from './support/child.ts';
import { type Pass, type Ratio, ratioOf } from './support/in-turn.ts';
import { lastKept } from './support/last-kept.ts';
import { fireGets, type Gets } from './support/load/gets.ts';
import { overHttp, overSocketsAtOnce } from './support/load/intake.ts';
import { median, Report } from './support/report.ts';
import { LOAD_CORE, openSite, pin, type Site } from './support/site.ts';
import { bareTarget, cpuSeconds, hostbeatTarget, round, type Target } from './support/target.ts';

const PASSES = 3;
const SECONDS = 1;
const REPORT_SECONDS = 0.75;
/** Passes until the path of a request is compiled: the first second takes nearly three times the time of the sixth. */
const UNTIL_COMPILED = 3;
const CONNECTIONS = 32;
const SERVICES = 10_000;
const PAGE = '/v2.1/servers/detail?all_tenants=1&limit=1000';
/** `idle` measures pings and health frames. */
const QUIET = {
  HOSTBEAT_MAX_CONNECTIONS_PER_PROJECT: '20000',
  HOSTBEAT_HEALTH_INTERVAL: '600',
  HOSTBEAT_PING_INTERVAL: '600',
};
const REPORTS = [
  { what: "agents' sockets, 100 reports a frame", size: 100, run: overSocketsAtOnce, goal: 0.9 },
  { what: "agents' sockets, 1 report a frame", size: 1, run: overSocketsAtOnce, goal: 0.95 },
  { what: 'HTTP, 100 reports a request', size: 100, run: overHttp, goal: 0.95 },
  { what: 'HTTP, 1 report a request', size: 1, run: overHttp, goal: 0.8 },
] as const;

/** `count` rounds a pass. Ten thousand sockets warm the path up in fewer. */
const FAN_OUTS = [
  { sockets: 1_000, count: 12, warmUp: 30, goal: 0.83 },
  { sockets: 10_000, count: 5, warmUp: 8, goal: 0.95 },
] as const;

interface Named {
  readonly id: string;
}

pin(process.pid, LOAD_CORE);
const report = new Report('quick');
const before = lastKept('quick');

function add(what: string, { ratio, by_processor_time }: Ratio, goal: number): void {
  const line = before?.lines.find((known) => known.what === what);
  const last = line === undefined ? {} : { [`on ${before?.date}`]: line.ratio ?? '' };
  report.add(what, 'ratio', { ratio, by_processor_time, ...last, goal });
}

async function gets(asked: Omit<Gets, 'seconds'>): Promise<Pass> {
  const { requests, seconds, serverCore } = await fireGets({ ...asked, seconds: SECONDS });
  return { rate: requests / seconds, perCpuSecond: requests / (serverCore * seconds) };
}

async function rest(): Promise<void> {
  await using site = await openSite({ owners: 30, hosts: 200, serversPerHost: 100 });
  const bare = await baseline('bare/rest.ts', site.file);
  const owner = await login(site.server.url, 'owner-0', 'pw', 'project-0');
  const markers = await everyHundredth(site);
  const own = (await owner.request('GET', '/v2.1/servers?limit=100')).json.servers.map(({ id }: Named) => id);
  const as = (token: string, paths: readonly string[], connections: number) => () =>
    gets({
      url: new URL(site.server.url),
      pid: site.server.pid,
      headers: { 'X-Auth-Token': token, 'OpenStack-API-Version': 'compute 2.16' },
      paths,
      connections,
    });
  const json = () =>
    gets({ url: bare.url, pid: bare.pid, headers: {}, paths: ['/json'], connections: CONNECTIONS });
  const loop = async (): Promise<Pass> => {
    const start = cpuSeconds(bare.pid);
    const answer = await fetch(new URL(`/loop?ms=${SECONDS * 1_000}`, bare.url));
    const { pages, pages_a_second } = (await answer.json()) as { pages: number; pages_a_second: number };
    return { rate: pages_a_second, perCpuSecond: pages / (cpuSeconds(bare.pid) - start) };
  };
  const { token } = site.admin;
  const shown = (ids: readonly string[]) => ids.map((id) => `/v2.1/servers/${id}`);
  const polled = as(token, shown(markers.slice(0, 100)), CONNECTIONS);
  add(
    'a server, polled by an administrator / bare Hono',
    await ratioOf(polled, json, PASSES, UNTIL_COMPILED),
    0.6,
  );
  const ownPolled = as(owner.token, shown(own), CONNECTIONS);
  add('a server, polled by its owner / bare Hono', await ratioOf(ownPolled, json, PASSES), 0.6);
  add('a page of 1 000, polled / bare loop', await ratioOf(as(token, [PAGE], 4), loop, PASSES), 0.9);
  const anywhere = as(
    token,
    markers.map((id) => `${PAGE}&marker=${id}`),
    4,
  );
  add('pages that nobody read lately / bare loop', await ratioOf(anywhere, loop, PASSES), 0.5);
  bare.close();
}

/** Servers from all over the list. */
async function everyHundredth({ admin }: Site): Promise<string[]> {
  const found: string[] = [];
  for (let marker = ''; ; ) {
    const path = `/v2.1/servers?all_tenants=1&limit=1000${marker === '' ? '' : `&marker=${marker}`}`;
    const ids: string[] = (await admin.request('GET', path)).json.servers.map(({ id }: Named) => id);
    if (ids.length < 1_000) return found;
    found.push(...ids.filter((_, n) => n % 100 === 0));
    marker = ids.at(-1) ?? '';
  }
}

/** @returns the work of a round of each side, per second */
async function rounds(target: Target, count: number): Promise<Pass> {
  const start = cpuSeconds(target.pid);
  const last: number[] = [];
  for (let n = 0; n < count; n += 1) last.push((await round(target)).last);
  return { rate: 1_000 / median(last), perCpuSecond: count / (cpuSeconds(target.pid) - start) };
}

/** Their time divided by ours is the ratio of work; goals for time are given the other way round. */
async function fanOut({ sockets, count, warmUp, goal }: (typeof FAN_OUTS)[number]): Promise<void> {
  await using site = await openSite({ owners: 1, hosts: 1, serversPerHost: 10 }, QUIET);
  const ours = await hostbeatTarget(site, sockets);
  const { bytes } = await round(ours);
  const theirs = await bareTarget('prepared', sockets, bytes);
  for (const target of [ours, theirs]) for (let n = 0; n < warmUp; n += 1) await round(target);
  const ratio = await ratioOf(
    () => rounds(ours, count),
    () => rounds(theirs, count),
    PASSES,
  );
  add(`bare ws / one event to ${sockets} sockets`, ratio, goal);
  for (const target of [ours, theirs]) target.close();
}

async function reports(): Promise<void> {
  await using site = await openSite(
    { owners: 1, hosts: SERVICES, serversPerHost: 0 },
    { HOSTBEAT_RECONNECT_WINDOW: '3600' },
  );
  const bare = await baseline('bare/intake.ts');
  const text = async (url: URL) => (await fetch(url, { headers: { connection: 'close' } })).text();
  const accepted = async () => {
    const metrics = await text(new URL('/metrics', site.server.url));
    return Number(/^hostbeat_reports_total{outcome="accepted"} (\d+)$/m.exec(metrics)?.[1] ?? 0);
  };
  const sides = {
    ours: { url: new URL(site.server.url), pid: site.server.pid, taken: accepted, answers: true },
    theirs: {
      url: bare.url,
      pid: bare.pid,
      taken: async () => Number(await text(new URL('/count', bare.url))),
      answers: false,
    },
  };
  for (const { what, size, run, goal } of REPORTS) {
    const batches = Array.from({ length: SERVICES / size }, (_, n) =>
      JSON.stringify({
        reports: site.services
          .slice(n * size, (n + 1) * size)
          .map(({ host }) => ({ host, binary: 'nova-compute' })),
      }),
    );
    const pass = (side: keyof typeof sides) => async (): Promise<Pass> => {
      const load = {
        ...sides[side],
        token: site.admin.token,
        batches,
        connections: 16,
        seconds: REPORT_SECONDS,
      };
      const { reports, seconds, cpu } = await run(load, size);
      return { rate: reports / seconds, perCpuSecond: reports / cpu };
    };
    add(`${what} / bare`, await ratioOf(pass('ours'), pass('theirs'), PASSES), goal);
  }
  bare.close();
}

const begun = performance.now();
await rest();
for (const one of FAN_OUTS) await fanOut(one);
await reports();
process.stdout.write(`${Math.round((performance.now() - begun) / 1_000)} s\n`);
report.finish();
