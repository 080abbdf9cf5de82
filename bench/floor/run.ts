/**
 * How far the hot requests are from what Node's HTTP allows. Three servers answer the same requests in turn: hostbeat;
 * the bare route that the goals are set against; and `node:http` that does nothing else but write hostbeat's own answer,
 * byte for byte, after parsing what was sent (the floor). No server on Node's HTTP can be nearer to the bare route than
 * the floor is, because the bare route writes two headers and a few bytes. By processor time of the server.
 */
import { login } from '../../tests/support/http.ts';
import { baseline } from '../support/child.ts';
import { fireGets } from '../support/load/gets.ts';
import { overHttp } from '../support/load/intake.ts';
import { median, Report, round } from '../support/report.ts';
import { LOAD_CORE, openSite, pin } from '../support/site.ts';

const PASSES = 3;
/** Passes until the path of a request is compiled. */
const UNTIL_COMPILED = 5;
const SECONDS = 1;
const CONNECTIONS = { gets: 32, posts: 16 };
const HOSTS = 2_000;
const VERSION = { 'OpenStack-API-Version': 'compute 2.16' };

/** A server, and requests for a second of processor time. */
type Side = () => Promise<number>;

pin(process.pid, LOAD_CORE);
const report = new Report('floor');
const site = await openSite({ owners: 1, hosts: HOSTS, serversPerHost: 10 });
const { admin } = site;
const owner = await login(site.server.url, 'owner-0', 'pw', 'project-0');
const everyone = (await allServers()).map((id) => `/v2.1/servers/${id}`);
const paths = everyone.slice(0, 100);
const names = site.services.map(({ host }) => ({ host, binary: 'nova-compute' }));
const single = names.map((one) => JSON.stringify({ reports: [one] }));
const batches = Array.from({ length: HOSTS / 100 }, (_, n) =>
  JSON.stringify({ reports: names.slice(n * 100, (n + 1) * 100) }),
);

await compare('one server shown to an administrator', 'GET', paths, admin.token);
await compare('one server shown to its owner', 'GET', paths, owner.token);
await compare('one server shown, any of 20 000', 'GET', everyone, admin.token);
await compare('one report', 'POST', single, admin.token);
await compare('a hundred reports, the same batches again', 'POST', batches, admin.token);
await site[Symbol.asyncDispose]();
report.finish();

async function allServers(): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const marker = ids.length === 0 ? '' : `&marker=${ids.at(-1)}`;
    const { json } = await admin.request('GET', `/v2.1/servers?all_tenants=1&limit=1000${marker}`);
    if (json.servers.length === 0) return ids;
    ids.push(...(json.servers as { readonly id: string }[]).map(({ id }) => id));
  }
}

/** @param asked paths of a GET, bodies of reports */
async function compare(what: string, method: string, asked: readonly string[], token: string): Promise<void> {
  const answer = await answerOf(method, asked[0] ?? '', token);
  const floor = await baseline('../floor/bare.ts', JSON.stringify(answer));
  const bare = await (method === 'GET' ? baseline('bare/rest.ts', site.file) : baseline('bare/intake.ts'));
  const ours = { url: new URL(site.server.url), pid: site.server.pid };
  const sides: Readonly<Record<'hostbeat' | 'floor' | 'bare', Side>> = {
    hostbeat: fired(ours, method, asked, token),
    floor: fired(floor, method, asked, token),
    bare: fired(bare, method, method === 'GET' ? ['/json'] : asked, token),
  };
  const rates: Record<string, number[]> = { hostbeat: [], floor: [], bare: [] };
  for (let n = 0; n < UNTIL_COMPILED + PASSES; n += 1)
    for (const [name, fire] of Object.entries(sides)) {
      const rate = await fire();
      if (n >= UNTIL_COMPILED) rates[name]?.push(rate);
    }
  const microseconds = (name: string) => round(1e6 / median(rates[name] ?? []));
  const [hostbeat, least, route] = ['hostbeat', 'floor', 'bare'].map(microseconds) as [
    number,
    number,
    number,
  ];
  report.add(what, '', {
    us_hostbeat: hostbeat,
    us_floor: least,
    us_bare: route,
    'hostbeat/bare': round(route / hostbeat),
    'floor/bare': round(route / least),
    'hostbeat/floor': round(least / hostbeat),
  });
  for (const server of [floor, bare]) server.close();
}

async function answerOf(method: string, asked: string, token: string) {
  const get = method === 'GET';
  const answer = await fetch(new URL(get ? asked : '/v1/reports', site.server.url), {
    method,
    headers: { ...VERSION, 'X-Auth-Token': token, 'Content-Type': 'application/json' },
    ...(get ? {} : { body: asked }),
  });
  const kept = [...answer.headers].filter(([name]) => !/^(date|connection|keep-alive)$/.test(name));
  return { headers: kept.flat(), body: await answer.text() };
}

function fired(
  { url, pid }: { readonly url: URL; readonly pid: number },
  method: string,
  asked: readonly string[],
  token: string,
): Side {
  if (method === 'GET')
    return async () => {
      const headers = { 'X-Auth-Token': token, ...VERSION };
      const connections = CONNECTIONS.gets;
      const { requests, seconds, serverCore } = await fireGets({
        url,
        pid,
        paths: asked,
        headers,
        connections,
        seconds: SECONDS,
      });
      return requests / (seconds * serverCore);
    };
  return async () => {
    const { latencies, cpu } = await overHttp({
      url,
      pid,
      token,
      batches: asked,
      connections: CONNECTIONS.posts,
      seconds: SECONDS,
      taken: () => Promise.resolve(0),
      answers: true,
    });
    return latencies.length / cpu;
  };
}
