/** A drill and a true fault of one server, by each kind of fault and in both orders, on every way to its owner: what is true wins. */
import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change } from '../../../client-sdk/protocol/items.ts';
import { SseReader } from '../../support/clients/sse-reader.ts';
import { login, type Session } from '../../support/http.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../../support/process.ts';
import { StreamClient } from '../../support/stream-world.ts';
import { within } from '../../support/within.ts';
import { Endpoint } from '../../webhooks/endpoint.ts';

const test = suite('drills and true faults');
const folder = await temporaryFolder();
const NOVA = { 'openstack-api-version': 'compute 2.53' };
const DOWN_TIME_MS = 1_500;
let server: ServerProcess;
let admin: Session;
let owner: Session;
/** Of the format `aodh`: it must never know of a drill. */
let alarms: Endpoint;

test.before(async () => {
  server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/truth.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
    HOSTBEAT_FLAP_DAMPING: 'false',
    HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8',
    HOSTBEAT_MAX_DRILLS_PER_PROJECT: '100',
  });
  admin = await login(server.url, 'admin', 'pw', 'admin');
  const seeded = await admin.request('POST', '/v1/seed', {
    projects: [{ id: 'p1', name: 'p1' }],
    users: [{ name: 'owner', password: 'pw', roles: [{ project: 'p1', role: 'member' }] }],
    services: [{ host: 'spare', binary: 'nova-compute' }],
  });
  assert.is(seeded.status, 200, JSON.stringify(seeded.json));
  owner = await login(server.url, 'owner', 'pw', 'p1');
  alarms = await Endpoint.open();
  const wish = { url: alarms.url, format: 'aodh', name: 'alarms' };
  assert.is((await owner.request('POST', '/v1/webhooks', wish)).status, 201);
});
test.after(async () => {
  await server?.[Symbol.asyncDispose]();
  await alarms?.close();
  await folder[Symbol.asyncDispose]();
});

/** A host with one server, that nothing else happens to. */
interface Place {
  readonly host: string;
  readonly service: string;
  readonly vm: string;
}

async function ok(answer: ReturnType<Session['request']>): Promise<unknown> {
  const { status, json } = await answer;
  assert.ok(status < 300, `${status} ${JSON.stringify(json)}`);
  return json;
}

let made = 0;
async function place(): Promise<Place> {
  const [service, vm, host] = [randomUUID(), randomUUID(), `h${++made}`];
  await ok(
    admin.request('POST', '/v1/seed', {
      services: [{ uuid: service, host, binary: 'nova-compute' }],
      instances: [{ id: vm, name: `vm-${host}`, project_id: 'p1', host }],
    }),
  );
  return { host, service, vm };
}

const declared = ({ service }: Place, fields: object) =>
  ok(admin.request('PUT', `/v1/services/${service}`, fields));
const switched = ({ service }: Place, fields: object) =>
  ok(admin.request('PUT', `/v2.1/os-services/${service}`, fields, NOVA));

interface Fault {
  readonly happens: (at: Place) => Promise<unknown>;
  /** The true host_status from then on. */
  readonly to: string | null;
  /** How a drill is answered from then on. */
  readonly drill: 201 | 404 | 409;
}

const FAULTS: Readonly<Record<string, Fault>> = {
  'declared down': { happens: (at) => declared(at, { forced_down: true }), to: 'DOWN', drill: 409 },
  'taken into maintenance': {
    happens: (at) => switched(at, { status: 'disabled' }),
    to: 'MAINTENANCE',
    drill: 201,
  },
  silent: {
    happens: async (at) => {
      await declared(at, { service_down_time_ms: DOWN_TIME_MS, report_interval_ms: 500 });
      await ok(admin.request('POST', '/v1/reports', { reports: [{ host: at.host }] }));
    },
    to: 'UNKNOWN',
    drill: 409,
  },
  'moved away': {
    happens: async ({ vm }) => {
      const known = (await ok(admin.request('GET', `/v1/instances/${vm}`))) as object;
      await ok(admin.request('PUT', `/v1/instances/${vm}`, { ...known, host: 'spare' }));
    },
    to: 'UP',
    drill: 201,
  },
  deleted: {
    happens: ({ vm }) => ok(admin.request('DELETE', `/v1/instances/${vm}`)),
    to: null,
    drill: 404,
  },
};

type Short = readonly [kind: string, to: string | null | undefined, ended: true | undefined];
type Way = { items(count: number): Promise<Short[]>; end(): Promise<void> };

/** What each transport says of one server, from now on. A filter for DOWN must hide neither the drill nor its end. */
async function ways(vm: string): Promise<Record<string, Way>> {
  const headers = { 'X-Auth-Token': owner.token };
  const gather = (next: () => Promise<readonly Change[]>, end: () => unknown): Way => {
    const found: Short[] = [];
    return {
      async items(count) {
        while (found.length < count)
          for (const item of await within(`${count} items`, next(), 20_000))
            if (item.server_id === vm) found.push([item.kind, item.to, item.drill?.ended]);
        return found;
      },
      end: async () => void (await end()),
    };
  };
  const socket = async (fields: object) => {
    const options = { protocols: ['hostbeat.v1'], headers };
    const client = await new StreamClient(`${server.url}/v1/stream`, options).open();
    client.subscribe({ servers: [vm], ...fields });
    await client.until('synced');
    const next = async () => (await client.until('event')).items as Change[];
    return gather(next, () => client.ws.terminate());
  };
  const events = new SseReader(`${server.url}/v1/events?servers=${vm}`, headers);
  await events.until('synced');
  let { cursor } = (await owner.request('GET', '/v1/changes')).json;
  const poll = async () => {
    const { json } = await owner.request('GET', `/v1/changes?after=${cursor}&wait=20`);
    cursor = json.cursor;
    return json.items as Change[];
  };
  const endpoint = await Endpoint.open();
  const hook = (await ok(owner.request('POST', '/v1/webhooks', { url: endpoint.url }))) as { id: string };
  return {
    socket: await socket({}),
    'socket that asks for DOWN': await socket({ host_status: ['DOWN'] }),
    'event stream': gather(
      async () => (await events.until('event')).items as Change[],
      () => events.cut(),
    ),
    poll: gather(poll, () => undefined),
    webhook: gather(
      async () => (await endpoint.next()).json.data.items as Change[],
      async () => {
        await owner.request('DELETE', `/v1/webhooks/${hook.id}`);
        await endpoint.close();
      },
    ),
  };
}

async function drill(vm: string): Promise<{ status: number; id: string }> {
  const wish = { servers: [vm], status: 'DOWN', seconds: 600 };
  const { status, json } = await owner.request('POST', '/v1/drills', wish);
  return { status, id: json.id };
}

async function truth(vm: string): Promise<string | null> {
  const { json } = await owner.request('GET', `/v1/status?servers=${vm}`);
  return json.servers[0]?.host_status ?? null;
}

for (const [what, { happens, to }] of Object.entries(FAULTS)) {
  test(`in a drill, then truly ${what}: the truth ends it, on every way`, async () => {
    const at = await place();
    const all = await ways(at.vm);
    const { status, id } = await drill(at.vm);
    assert.is(status, 201);
    for (const [way, { items }] of Object.entries(all))
      assert.equal(await items(1), [['drill', 'DOWN', undefined]], way);
    await happens(at);
    for (const [way, { items }] of Object.entries(all)) {
      const [, [kind, now, ended] = []] = await items(2);
      assert.equal([kind === 'drill', now, ended], [false, to, true], way);
    }
    assert.is(await truth(at.vm), to);
    assert.is((await owner.request('DELETE', `/v1/drills/${id}`)).status, 404, 'it is over');
    for (const { end } of Object.values(all)) await end();
  });
}

for (const [what, { happens, to, drill: answer }] of Object.entries(FAULTS)) {
  test(`truly ${what}, then a drill is answered ${answer}, and hides nothing`, async () => {
    const at = await place();
    const all = await ways(at.vm);
    await happens(at);
    for (const [way, { items }] of Object.entries(all)) {
      if (way.includes('DOWN') && to !== 'DOWN' && to !== null) continue;
      assert.is((await items(1)).at(-1)?.[1], to, way);
    }
    const { status, id } = await drill(at.vm);
    assert.is(status, answer);
    assert.is(await truth(at.vm), to);
    if (answer === 201) {
      assert.is((await owner.request('DELETE', `/v1/drills/${id}`)).status, 204);
      const last = (await all.socket?.items(3))?.slice(-2);
      assert.equal(last, [
        ['drill', 'DOWN', undefined],
        ['drill', to, true],
      ]);
    }
    for (const { end } of Object.values(all)) await end();
  });
}

test('a drill and a force-down in one moment end with the truth, in either order', async () => {
  for (let n = 0; n < 6; n++) {
    const at = await place();
    const { socket, webhook, ...others } = await ways(at.vm);
    const [{ status }] = await Promise.all([drill(at.vm), declared(at, { forced_down: true })]);
    const count = status === 201 ? 2 : 1;
    for (const way of [socket, webhook]) {
      const items = await (way as Way).items(count);
      assert.equal(items.at(-1), ['transition', 'DOWN', status === 201 ? true : undefined]);
    }
    assert.equal((await owner.request('GET', '/v1/drills')).json.drills, []);
    for (const way of [socket, webhook, ...Object.values(others)]) await way?.end();
  }
});

test('alarms were raised for what was truly declared down, and for no drill', async () => {
  const last = await place();
  await declared(last, { forced_down: true });
  const raised: string[] = [];
  while (raised.at(-1) !== last.vm) {
    const { traits } = (await alarms.next()).json.reason_data.event;
    raised.push(traits.find(([name]: [string]) => name === 'instance_id')[2]);
  }
  assert.is(raised.length, 2 + 6 + 1);
  for (const vm of raised) assert.is(await truth(vm), 'DOWN');
});

test.run();
