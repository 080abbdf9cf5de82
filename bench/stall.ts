/**
 * By how much a single request stalls the event loop, with 300 000 servers stored: for each kind of request of each role
 * the longest answer to a question that costs nothing, asked all the while by somebody else, and the time of a push to a
 * bystander's socket. The baseline is the same without any request.
 */
import { Agent, get } from 'node:http';
import { login, type Session } from '../tests/support/http.ts';
import { startServer } from '../tests/support/process.ts';
import { openLarge, serverId } from './support/large-site.ts';
import { Report, round, spread } from './support/report.ts';
import { LOAD_CORE, pin, SERVER_CORE } from './support/site.ts';
import { untilIdle } from './support/target.ts';

const ROUNDS = 5;
const REST_MS = 150;

pin(process.pid, LOAD_CORE);
const report = new Report('stall');
const site = await openLarge();
const server = await startServer(site.settings);
pin(server.pid, SERVER_CORE);
const admin = await login(server.url, 'admin', 'bench', 'admin');
const largest = await login(server.url, 'largest', 'pw', 'largest');
const small = await login(server.url, 'small', 'pw', 'small');
const bystander = await login(server.url, 'bystander', 'pw', 'bystander');
const services = (await admin.request('GET', '/v2.1/os-services')).json as {
  services: { id: number; host: string; binary: string }[];
};
await untilIdle(server.pid);

const all = '/v2.1/servers/detail?all_tenants=1';
const EIGHT =
  'launched_at&sort_key=task_state&sort_key=display_name&sort_key=host&sort_key=hostname&sort_key=key_name&sort_key=progress&sort_key=uuid';
const HEAVY = encodeURIComponent('[ab]*a[ab]{200}z');
type Case = readonly [what: string, who: Session | undefined, path: string];
const CASES: readonly Case[] = [
  ['administrator: all servers in detail', admin, all],
  ['administrator: a page from the middle', admin, `${all}&marker=${serverId(7)}`],
  ['administrator: oldest first', admin, `${all}&sort_key=created_at&sort_dir=asc`],
  ['administrator: by name', admin, `${all}&sort_key=display_name`],
  ['administrator: by host', admin, `${all}&sort_key=host`],
  ['administrator: eight sort keys', admin, `${all}&sort_key=${EIGHT}`],
  ['administrator: changes-since a year', admin, `${all}&changes-since=2025-01-01T00:00:00Z`],
  ['administrator: changes-since an hour', admin, `${all}&changes-since=2026-01-01T16:00:00Z`],
  [
    'administrator: changes-before, sorted',
    admin,
    `${all}&changes-before=2025-12-01T00:00:00Z&sort_key=display_name`,
  ],
  ['administrator: host_status=DOWN', admin, `${all}&host_status=DOWN`],
  ['administrator: host_status=UP', admin, `${all}&host_status=UP`],
  ['administrator: status=ERROR', admin, `${all}&status=ERROR`],
  ['administrator: flavor', admin, `${all}&flavor=3`],
  ['administrator: a flavor that nobody has', admin, `${all}&flavor=none`],
  ['administrator: a name that nobody has', admin, `${all}&name=nobody`],
  ['administrator: a heavy pattern', admin, `${all}&name=${HEAVY}`],
  ['administrator: deleted', admin, `${all}&deleted=true`],
  ['administrator: os-services', admin, '/v2.1/os-services'],
  ['administrator: os-hypervisors in detail', admin, '/v2.1/os-hypervisors/detail'],
  ['administrator: os-hosts', admin, '/v2.1/os-hosts'],
  [
    'administrator: a host with its servers',
    admin,
    '/v2.1/os-hypervisors/detail?with_servers=true&limit=100',
  ],
  ['administrator: zones in detail', admin, '/v2.1/os-availability-zone/detail'],
  ['administrator: usage', admin, '/v2.1/flavors/detail'],
  ['administrator: /v1/hosts', admin, '/v1/hosts'],
  ['administrator: /v1/audit', admin, '/v1/audit?limit=1000'],
  ['administrator: /v1/changes of the hosts', admin, '/v1/changes?stream=hosts'],
  ['owner of 200 000: servers in detail', largest, '/v2.1/servers/detail'],
  ['owner of 200 000: by launch', largest, '/v2.1/servers/detail?sort_key=launched_at'],
  ['owner of 200 000: a name that nobody has', largest, '/v2.1/servers?name=nobody'],
  ['owner of 200 000: limits', largest, '/v2.1/limits'],
  ['owner of 200 000: flavors', largest, '/v2.1/flavors/detail'],
  ['owner of 200 000: /v1/changes', largest, '/v1/changes'],
  ['owner of 100: servers in detail', small, '/v2.1/servers/detail'],
  ['owner of 100: a heavy pattern', small, `/v2.1/servers?name=${HEAVY}`],
  ['nobody: /openapi.json', undefined, '/openapi.json?microversion=2.77'],
  ['nobody: /asyncapi.json', undefined, '/asyncapi.json'],
  ['nobody: /docs', undefined, '/docs'],
];

const agent = new Agent({ keepAlive: true });
function ask(path: string, headers: Record<string, string> = {}): Promise<{ status: number; ms: number }> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    get(`${server.url}${path}`, { agent, headers }, (answer) => {
      answer.on('data', () => undefined);
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, ms: performance.now() - start }));
    }).on('error', reject);
  });
}

/** Asks what costs nothing, one question after the other, until `over`. */
async function watch(over: Promise<unknown>): Promise<number[]> {
  let isOver = false;
  void over.then(() => {
    isOver = true;
  });
  const late: number[] = [];
  while (!isOver) late.push((await ask('/healthz')).ms);
  return late;
}

const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/stream`, ['hostbeat.v1']);
let pushed = (_at: number) => {};
await new Promise<void>((resolve, reject) => {
  socket.onerror = () => reject(new Error('no stream'));
  socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', token: bystander.token }));
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data)) as { type: string };
    if (frame.type === 'welcome')
      socket.send(JSON.stringify({ type: 'subscribe', id: 's', stream: 'project' }));
    if (frame.type === 'synced') resolve();
    if (frame.type === 'event') pushed(performance.now());
  };
});
const uuids = (await admin.request('GET', '/v2.1/os-services', undefined, {
  'openstack-api-version': 'compute 2.53',
})) as { json: { services: { id: string; host: string }[] } };
const own = (await bystander.request('GET', '/v2.1/servers/detail', undefined, {
  'openstack-api-version': 'compute 2.16',
})) as { json: { servers: { hostId: string }[] } };
if (own.json.servers.length === 0 || services.services.length === 0) throw new Error('an empty site');
const host = (
  (await admin.request('GET', `${all}&project_id=${bystanderProject()}&limit=1`)) as {
    json: { servers: { 'OS-EXT-SRV-ATTR:host': string }[] };
  }
).json.servers[0]?.['OS-EXT-SRV-ATTR:host'];
const uuid = uuids.json.services.find((service) => service.host === host)?.id ?? '';
let forced = false;

function bystanderProject(): string {
  return (own.json.servers[0] as unknown as { tenant_id: string }).tenant_id;
}

async function push(): Promise<number> {
  forced = !forced;
  const start = performance.now();
  const arrived = new Promise<number>((resolve) => {
    pushed = resolve;
  });
  await admin.request(
    'PUT',
    `/v2.1/os-services/${uuid}`,
    { forced_down: forced },
    {
      'openstack-api-version': 'compute 2.53',
    },
  );
  return (await arrived) - start;
}

const quiet = await watch(new Promise((resolve) => setTimeout(resolve, 3_000)));
const pushes: number[] = [];
for (let n = 0; n < 20; n++) pushes.push(await push());
report.add('without a request', 'ms', {
  'longest stall': spread(quiet).max,
  push: spread(pushes).p50,
  'push p99': spread(pushes).p99,
});
const worst: number[] = [];
for (const [what, who, path] of CASES) {
  const headers: Record<string, string> = who === undefined ? {} : { 'x-auth-token': who.token };
  if (path.startsWith('/v2.1'))
    headers['openstack-api-version'] = path.includes('os-h') ? 'compute 2.87' : 'compute 2.95';
  if (path.includes('os-hosts')) headers['openstack-api-version'] = 'compute 2.40';
  const stalls: number[] = [];
  const took: number[] = [];
  let status = 0;
  for (let n = 0; n < ROUNDS; n++) {
    const asked = ask(path, headers);
    const late = await watch(asked);
    stalls.push(Math.max(...late));
    ({ status } = await asked);
    took.push((await asked).ms);
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
  }
  const busy = ask(path, headers);
  const pushedIn = await push();
  await busy;
  worst.push(Math.max(...stalls));
  report.add(what, 'ms', {
    status,
    'longest stall': round(Math.max(...stalls)),
    'usual stall': spread(stalls).p50,
    answered: spread(took).p50,
    push: round(pushedIn),
  });
}
report.add('of all', 'ms', { 'longest stall': round(Math.max(...worst)) });
socket.close();
agent.destroy();
await server.stop();
await site[Symbol.asyncDispose]();
report.finish();
