/**
 * No filter hides a fact: whatever happens to a host in whatever order, a filtered map says what is true or nothing, on
 * every transport and under both orders of precedence; and an alarm for DOWN fires each time a host is declared down.
 */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import type { ServerState } from '../../client-sdk/protocol/items.ts';
import { connect, failoverWhen, HostStatusMap } from '../../client-sdk/src/index.ts';
import { login, type Session } from '../support/http.ts';
import { startServer, temporaryFolder } from '../support/process.ts';
import { until, within } from '../support/within.ts';
import { Endpoint } from '../webhooks/endpoint.ts';

const test = suite('filters and facts');

/** Orders that are tried, each with every filter on every transport. */
const RUNS = 4;
const TRANSPORTS = ['websocket', 'events', 'poll'] as const;
const FILTERS: readonly HostStatus[] = ['UP', 'UNKNOWN', 'DOWN', 'MAINTENANCE'];
/** What happens to a host and passes, each as a row of its service. */
const SPELLS = {
  disabled: [{ disabled: true }, { disabled: false }],
  forcedDown: [{ forced_down: true }, { forced_down: false }],
  silent: [{ live: false }, { live: true }],
} as const;
type Spell = keyof typeof SPELLS;

/** Each spell begins and ends; between them, any order. */
const orders = fc.shuffledSubarray<Spell>(
  ['disabled', 'disabled', 'forcedDown', 'forcedDown', 'silent', 'silent'],
  { minLength: 6 },
);
const steps = (order: readonly Spell[]) =>
  order.map((spell, n) => SPELLS[spell][order.indexOf(spell) === n ? 0 : 1]);

/** May a map with this filter have the server at all? As PROTOCOL.md says of `host_status`. */
function isShown(filter: HostStatus, { host_status, facts }: ServerState): boolean {
  if (host_status === filter) return true;
  return filter === 'DOWN'
    ? facts?.forced_down === true
    : filter === 'MAINTENANCE' && facts?.disabled === true;
}

interface Site extends AsyncDisposable {
  readonly url: string;
  readonly admin: Session;
  readonly owner: Session;
  add(): Promise<{ vm: string; declare: (row: object) => Promise<void> }>;
  truth(vm: string): Promise<ServerState>;
}

async function open(order: 'documented' | 'nova'): Promise<Site> {
  const folder = await temporaryFolder();
  const server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/filters.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: '3600',
    HOSTBEAT_FLAP_DAMPING: 'false',
    HOSTBEAT_HOST_STATUS_ORDER: order,
    HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8',
  });
  const { url } = server;
  const admin = await login(url, 'admin', 'pw', 'admin');
  const seed = async (document: object) => {
    const { status, json } = await admin.request('POST', '/v1/seed', document);
    assert.is(status, 200, JSON.stringify(json));
  };
  await seed({
    projects: [{ id: 'p1', name: 'p1' }],
    users: [{ name: 'owner', password: 'pw', roles: [{ project: 'p1', role: 'member' }] }],
  });
  const owner = await login(url, 'owner', 'pw', 'p1');
  return {
    url,
    admin,
    owner,
    async add() {
      const vm = randomUUID();
      const service = { uuid: randomUUID(), host: `c-${vm}`, binary: 'nova-compute' };
      let facts = {};
      // A document says all of a service: what it leaves out is as it is by default.
      const declare = (row: object) => {
        facts = { ...facts, ...row };
        return seed({ services: [{ ...service, ...facts }] });
      };
      await declare({});
      await seed({ instances: [{ id: vm, name: vm, project_id: 'p1', host: service.host }] });
      return { vm, declare };
    },
    async truth(vm) {
      return (await owner.request('GET', `/v1/status?servers=${vm}`)).json.servers[0];
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

for (const precedence of ['documented', 'nova'] as const) {
  test(`under the order "${precedence}" a filtered map says what is true, or nothing`, async () => {
    await using site = await open(precedence);
    const alarms = await Endpoint.open();
    const hook = { url: alarms.url, format: 'aodh', name: 'alarms' };
    assert.is((await site.owner.request('POST', '/v1/webhooks', hook)).status, 201);
    const maps = TRANSPORTS.flatMap((transport) =>
      FILTERS.map((filter) => {
        const client = connect({ url: site.url, token: site.owner.token, transport, hostStatus: [filter] });
        return { what: `${transport}, ${filter}`, filter, client, map: new HostStatusMap(client) };
      }),
    );
    try {
      await Promise.all(maps.map(({ map }) => map.synced));
      for (const order of fc.sample(orders, { numRuns: RUNS, seed: 7 })) {
        const { vm, declare } = await site.add();
        const done: object[] = [];
        for (const step of steps(order)) {
          await declare(step);
          done.push(step);
          const { host_status, facts } = await site.truth(vm);
          for (const { what, filter, map } of maps) {
            const wanted = isShown(filter, { host_status, facts } as ServerState)
              ? JSON.stringify({ host_status, facts })
              : undefined;
            const believed = () => {
              const state = map.get(vm);
              return state && JSON.stringify({ host_status: state.host_status, facts: state.facts });
            };
            const story = () => `${what} after ${JSON.stringify(done)}: ${believed()}, not ${wanted}`;
            await until(story, () => believed() === wanted);
          }
        }
      }
      const { vm, declare } = await site.add();
      await declare({ forced_down: true });
      const raised: string[] = [];
      while (raised.at(-1) !== vm) {
        const { traits } = (await within('an alarm', alarms.next())).json.reason_data.event;
        raised.push(traits.find(([name]: [string]) => name === 'instance_id')[2]);
      }
      assert.is(new Set(raised).size, RUNS + 1, 'one host each was declared down, shown or not');
    } finally {
      await Promise.all(maps.map(({ client }) => client.close()));
      await alarms.close();
    }
  });
}

test('a fail-over waits behind no filter, whichever of the three facts comes last', async () => {
  await using site = await open('documented');
  const facts = [{ disabled: true }, { forced_down: true }, { live: false }];
  for (const last of facts) {
    const { vm, declare } = await site.add();
    for (const fact of facts.filter((one) => one !== last)) await declare(fact);
    const clients = TRANSPORTS.map((transport) =>
      connect({ url: site.url, token: site.owner.token, transport, hostStatus: ['DOWN'] }),
    );
    try {
      const maps = clients.map((client) => new HostStatusMap(client));
      await Promise.all(maps.map(({ synced }) => synced));
      await declare(last);
      for (const map of maps) {
        await until('the last fact', () => map.get(vm)?.host_status === 'MAINTENANCE');
        const { host_status, known } = await within('the fail-over', failoverWhen(map, [vm]));
        assert.equal([host_status, known.holds], ['MAINTENANCE', true], JSON.stringify(last));
      }
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
  }
});

test.run();
