/**
 * Nova's API with a million servers stored: one server shown, a page of a thousand in detail, an owner's list. The
 * requested rows lie all over the file. Baselines of the same run, passes in turn, on the same file and core: a bare
 * Hono route with a little JSON, a bare Hono route that reads one row, and a bare loop that reads a thousand rows and
 * makes JSON of them.
 */
import { login } from '../tests/support/http.ts';
import { startServer } from '../tests/support/process.ts';
import { baseline } from './support/child.ts';
import { type Answered, fireGets } from './support/load/gets.ts';
import { openMillion, SERVERS, SERVERS_OF_AN_OWNER, serverId } from './support/million.ts';
import { median, Report, round, spread } from './support/report.ts';
import { LOAD_CORE, pin, SERVER_CORE } from './support/site.ts';
import { untilIdle } from './support/target.ts';

const PASSES = 3;
const SECONDS = 4;
/** Until the runtime has compiled what runs often. */
const WARM_UP_SECONDS = 3;

pin(process.pid, LOAD_CORE);
const report = new Report('rest');
const site = await openMillion();
const server = await startServer(site.settings);
pin(server.pid, SERVER_CORE);
const bare = await baseline('bare/rest.ts', site.file);
const admin = await login(server.url, 'admin', 'bench', 'admin');
const owner = await login(server.url, 'owner-0', 'pw', 'project-0');
await untilIdle(server.pid);

const ids = Array.from({ length: 1_000 }, (_, n) => serverId(n * (SERVERS / 1_000)));
/** More rows than the cache keeps. */
const many = Array.from({ length: 20_000 }, (_, n) => serverId(n * (SERVERS / 20_000)));
const own = Array.from({ length: SERVERS_OF_AN_OWNER }, (_, n) => serverId(n));
const page = '/v2.1/servers/detail?all_tenants=1&limit=1000';
const as = ({ token }: { token: string }) => ({
  'X-Auth-Token': token,
  'OpenStack-API-Version': 'compute 2.16',
});
const ours = { url: new URL(server.url), pid: server.pid };
const theirs = { url: bare.url, pid: bare.pid, headers: {} };

const CASES = {
  'bare Hono, a little JSON': { ...theirs, paths: ['/json'], connections: 32 },
  'bare Hono, one row': { ...theirs, paths: ids.map((id) => `/rows/${id}`), connections: 32 },
  'show, as administrator': {
    ...ours,
    headers: as(admin),
    paths: ids.map((id) => `/v2.1/servers/${id}`),
    connections: 32,
  },
  'show, any of 20 000': {
    ...ours,
    headers: as(admin),
    paths: many.map((id) => `/v2.1/servers/${id}`),
    connections: 32,
  },
  'show, as owner': {
    ...ours,
    headers: as(owner),
    paths: own.map((id) => `/v2.1/servers/${id}`),
    connections: 32,
  },
  'detail, first 1 000 of all': {
    ...ours,
    headers: as(admin),
    paths: [page],
    connections: 4,
  },
  'detail, 1 000 from the middle of all': {
    ...ours,
    headers: as(admin),
    paths: [`${page}&marker=${ids[500]}`],
    connections: 4,
  },
  'detail, 1 000 from anywhere': {
    ...ours,
    headers: as(admin),
    paths: ids.map((id) => `${page}&marker=${id}`),
    connections: 4,
  },
  [`an owner's list of ${SERVERS_OF_AN_OWNER}`]: {
    ...ours,
    headers: as(owner),
    paths: ['/v2.1/servers'],
    connections: 8,
  },
  [`an owner's list of ${SERVERS_OF_AN_OWNER} in detail`]: {
    ...ours,
    headers: as(owner),
    paths: ['/v2.1/servers/detail'],
    connections: 8,
  },
};

for (const gets of Object.values(CASES)) await fireGets({ ...gets, seconds: WARM_UP_SECONDS });
const passes = new Map<string, Answered[]>();
const loops: number[] = [];
for (let n = 0; n < PASSES; n += 1) {
  const loop = (await (await fetch(new URL('/loop', bare.url))).json()) as { pages_a_second: number };
  loops.push(loop.pages_a_second);
  for (const [what, gets] of Object.entries(CASES)) {
    const answered = await fireGets({ ...gets, seconds: SECONDS });
    passes.set(what, [...(passes.get(what) ?? []), answered]);
  }
}

const rate = (what: string) =>
  median((passes.get(what) ?? []).map(({ requests, seconds }) => requests / seconds));
for (const [what, all] of passes) {
  report.add(what, 'requests/s', {
    median: Math.round(rate(what)),
    bytes: all[0]?.bytes ?? 0,
    core_of_server: round(median(all.map(({ serverCore }) => serverCore))),
    core_of_load: round(median(all.map(({ loadCore }) => loadCore))),
  });
  report.add(`${what}: answered after`, 'ms', spread(all.flatMap(({ latencies }) => latencies)));
}
const loop = median(loops);
report.add('bare loop: 1 000 rows read and made JSON', 'pages/s', { median: Math.round(loop) });
for (const show of ['show, as administrator', 'show, as owner', 'show, any of 20 000'] as const) {
  report.add(`${show} / bare Hono`, 'ratio', {
    a_little_json: round(rate(show) / rate('bare Hono, a little JSON')),
    one_row: round(rate(show) / rate('bare Hono, one row')),
  });
}
report.add('detail / bare loop', 'ratio', {
  polled: round(rate('detail, first 1 000 of all') / loop),
  anywhere: round(rate('detail, 1 000 from anywhere') / loop),
});

bare.close();
await server.stop();
await site[Symbol.asyncDispose]();
report.finish();
