/** Two whole servers on one database: either may be talked to, either may be killed. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { TICKET_SUBPROTOCOL_PREFIX } from '../../client-sdk/protocol/version.ts';
import { login, request, type Session } from '../support/http.ts';
import { type FreshSchema, freshSchema, hasPostgres } from '../support/postgres/stores.ts';
import { type ServerProcess, startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

interface Context {
  schema: FreshSchema;
  a: ServerProcess;
  b: ServerProcess;
}

const test = suite<Context>('two nodes on one database');

test.before.each(async (context) => {
  context.schema = freshSchema();
  context.a = await serve(context.schema);
  context.b = await serve(context.schema);
});
test.after.each(async ({ schema, a, b }) => {
  await a.kill();
  await b.kill();
  await schema.drop();
});

function serve({ url }: FreshSchema, other: Record<string, string> = {}): Promise<ServerProcess> {
  return startServer({
    HOSTBEAT_DATABASE_URL: url,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_REPORT_INTERVAL: '1s',
    HOSTBEAT_SERVICE_DOWN_TIME: '4s',
    HOSTBEAT_WEBHOOK_NETWORKS: '127.0.0.0/8',
    ...other,
  });
}

const admin = ({ url }: ServerProcess) => login(url, 'admin', 'pw', 'admin');

async function nodeOf({ url }: ServerProcess) {
  const answer = (await (await fetch(`${url}/readyz`)).json()) as { node: { leads: boolean; nodes: number } };
  return answer.node;
}

/** Every metric of nodes that docs/operations.md lists and that has a value without a silence or a fault. */
const NODE_METRICS = [
  'hostbeat_nodes',
  'hostbeat_node_leads',
  'hostbeat_node_term',
  'hostbeat_node_troubled',
  'hostbeat_node_commit',
  'hostbeat_node_tail_lag_seconds',
  'hostbeat_node_digest_age_seconds',
  'hostbeat_nodes_lost_total',
  'hostbeat_node_services_held_total',
  'hostbeat_node_takeovers_total',
  'hostbeat_node_listens_again_total',
  'hostbeat_node_ask_duration_seconds_count',
];

/** The last value of each name in Prometheus' text, whatever its labels. */
function valuesOf(text: string): Map<string, number> {
  const lines = text.matchAll(/^(hostbeat_\w+)(?:\{[^}]*\})? (\S+)$/gm);
  return new Map([...lines].map(([, name = '', value]) => [name, Number(value)]));
}

async function report(by: Session, ...hosts: readonly string[]): Promise<void> {
  const reports = hosts.map((host) => ({ host, binary: 'nova-compute' }));
  const { status, json } = await by.request('POST', '/v1/reports', { reports });
  assert.is(status, 200, JSON.stringify(json));
}

/** Does this ticket open a socket? */
async function opened({ url }: ServerProcess, ticket: string): Promise<boolean> {
  const protocols = ['hostbeat.v1', `${TICKET_SUBPROTOCOL_PREFIX}${ticket}`];
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, protocols);
  try {
    return await new Promise<boolean>((resolve) => {
      socket.on('message', (data) => resolve(JSON.parse(String(data)).type === 'welcome'));
      socket.on('error', () => resolve(false));
      socket.on('close', () => resolve(false));
    });
  } finally {
    socket.terminate();
  }
}

interface Item {
  readonly host: string;
  readonly change?: string;
}

/** Follows `hosts`, from a cursor or from now, and gathers what comes. */
async function follow({ url }: ServerProcess, token: string, cursor?: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/stream`, 'hostbeat.v1', {
    headers: { 'X-Auth-Token': token },
  });
  const items: Item[] = [];
  let last = cursor;
  const how = await new Promise<string>((resolve, reject) => {
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'subscribe', id: 's', stream: 'hosts', ...(cursor && { cursor }) })),
    );
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data));
      if (frame.cursor !== undefined) last = frame.cursor;
      if (frame.type === 'synced') resolve(frame.how);
      if (frame.type === 'event') items.push(...frame.items);
    });
    socket.on('error', reject);
  });
  const isClosed = () => socket.readyState === WebSocket.CLOSED;
  return { how, items, isClosed, cursor: () => last as string, close: () => socket.terminate() };
}

test('one of them leads, and each knows the other', async ({ a, b }) => {
  await until('both know of both', async () => {
    const nodes = [await nodeOf(a), await nodeOf(b)];
    return nodes.every(({ nodes }) => nodes === 2) && nodes.filter(({ leads }) => leads).length === 1;
  });
});

test('each measures itself and the other, and one of them says that it leads', async ({ a, b }) => {
  const measured = async ({ url }: ServerProcess) => valuesOf(await (await fetch(`${url}/metrics`)).text());
  await report(await admin(a), 'c1');
  await until('both to hear each other and to announce the same', async () => {
    const [ofA, ofB] = [await measured(a), await measured(b)];
    return (
      [ofA, ofB].every((of) => of.get('hostbeat_nodes') === 2 && of.get('hostbeat_node_troubled') === 0) &&
      ofA.get('hostbeat_node_leads') !== ofB.get('hostbeat_node_leads') &&
      ofA.get('hostbeat_node_term') === ofB.get('hostbeat_node_term') &&
      ofA.get('hostbeat_node_commit') === ofB.get('hostbeat_node_commit')
    );
  });
  for (const each of [a, b]) {
    const values = await measured(each);
    for (const name of NODE_METRICS) assert.ok(values.has(name), `${name}: ${[...values.keys()].join(' ')}`);
  }
  const takeOvers = [a, b].map(async (each) => (await measured(each)).get('hostbeat_node_takeovers_total'));
  assert.equal((await Promise.all(takeOvers)).toSorted(), [0, 1]);
});

test('a node with other settings is named by every node, and in the log', async ({ schema, a, b }) => {
  await using folder = await temporaryFolder();
  const policy = `${folder.path}/policy.yaml`;
  await writeFile(policy, '"os_compute_api:os-hypervisors": "role:operator"\n');
  const other = { HOSTBEAT_SERVICE_DOWN_TIME: '5s', HOSTBEAT_POLICY_FILE: policy };
  await using c = await serve(schema, other);
  for (const each of [a, b, c]) {
    const by = await admin(each);
    const troubles = async () => {
      const { json } = await by.request('GET', '/v1/nodes');
      return (json.nodes as { trouble: string | null }[]).map(({ trouble }) => trouble);
    };
    await until(
      'the one that differs',
      async () => (await troubles()).length === 3 && (await troubles())[2] !== null,
    );
    assert.equal(await troubles(), [
      null,
      null,
      'its settings differ from those of the node that leads: policy_file, service_down_time',
    ]);
  }
  assert.match(a.log(), 'settings of another node differ from ours: policy_file, service_down_time');
});

test('a socket at one gets what the other commits, and its cursor is good at both', async ({ a, b }) => {
  const [atA, atB] = [await admin(a), await admin(b)];
  await report(atA, 'c1');
  const follower = await follow(b, atB.token);
  await report(atA, 'c2');
  await until('the news at the other node', () => follower.items.some(({ host }) => host === 'c2'));
  follower.close();
  await report(atB, 'c3');
  const resumed = await follow(a, atA.token, follower.cursor());
  assert.is(resumed.how, 'resumed');
  await until('what was missed', () => resumed.items.some(({ host }) => host === 'c3'));
  assert.equal(
    resumed.items.map(({ host }) => host),
    ['c3'],
  );
  resumed.close();
});

test('a cursor of a key that was rotated at one node is good at the other at once', async ({ a, b }) => {
  const [atA, atB] = [await admin(a), await admin(b)];
  await report(atA, 'c1');
  const before = (await atB.request('GET', '/v1/changes?stream=hosts')).json.cursor;
  for (let n = 1; n <= 5; n++) {
    const rotated = await atA.request('POST', '/v1/cursor-keys', {});
    assert.is(rotated.status, 201, JSON.stringify(rotated.json));
    const { cursor } = (await atA.request('GET', `/v1/changes?stream=hosts&after=${before}`)).json;
    assert.is((await atB.request('GET', `/v1/changes?stream=hosts&after=${cursor}`)).json.how, 'resumed');
    assert.is((await atB.request('GET', `/v1/changes?stream=hosts&after=${before}`)).json.how, 'resumed');
  }
  await until('the other seals with it too', async () => {
    const { cursor_keys } = (await atB.request('GET', '/v1/cursor-keys')).json;
    return cursor_keys[0].id === 5 && cursor_keys[0].state === 'sealing';
  });
});

test('what is reported to the follower alone is not called silent; what stops is', async ({ a, b }) => {
  const [leader, follower] = (await nodeOf(a)).leads ? [a, b] : [b, a];
  const [atLeader, atFollower] = [await admin(leader), await admin(follower)];
  await report(atFollower, 'kept', 'gone');
  const watch = await follow(leader, atLeader.token);
  for (let n = 0; n < 9; n++) {
    await sleep(1_000);
    await report(atFollower, 'kept');
  }
  watch.close();
  assert.equal(
    watch.items.map(({ host }) => host),
    ['gone'],
  );
});

test('the leader is killed: the other leads, and its services have time to come', async ({ a, b }) => {
  const [leader, follower] = (await nodeOf(a)).leads ? [a, b] : [b, a];
  const [atLeader, atFollower] = [await admin(leader), await admin(follower)];
  await report(atLeader, 'moves', 'dies');
  await report(atFollower, 'stays');
  const watch = await follow(follower, atFollower.token);
  await leader.kill();
  await report(atFollower, 'moves', 'stays');
  const end = Date.now() + 12_000;
  while (Date.now() < end && !watch.items.some(({ host }) => host === 'dies')) {
    await sleep(1_000);
    await report(atFollower, 'moves', 'stays');
  }
  assert.is((await nodeOf(follower)).leads, true);
  assert.equal(
    watch.items.map(({ host }) => host),
    ['dies'],
  );
  watch.close();
});

test('a right that is taken at one node ends at the other, sockets and tickets too', async ({ a, b }) => {
  const [atA, atB] = [await admin(a), await admin(b)];
  const made = await atA.request('POST', '/v1/agent-tokens', { label: 't', hosts: ['c1'] });
  assert.is(made.status, 201, JSON.stringify(made.json));
  const agent = { token: made.json.token };
  const reported = async (url: string) =>
    (await request(`${url}/v1/reports`, 'POST', agent.token, { reports: [{ host: 'c1' }] })).status;
  assert.equal([await reported(a.url), await reported(b.url)], [200, 200]);
  const second = await admin(a);
  const follower = await follow(b, second.token);
  await atA.request('DELETE', `/v1/agent-tokens/${made.json.id}`);
  await until('the end of the agent token at the other node', async () => (await reported(b.url)) === 401);
  const { ticket } = (await second.request('POST', '/v1/tickets', {})).json;
  await fetch(`${a.url}/identity/v3/auth/tokens`, {
    method: 'DELETE',
    headers: { 'x-auth-token': second.token, 'x-subject-token': second.token },
  });
  await until('the end of the socket at the other node', () => follower.isClosed());
  assert.is(await opened(b, ticket), false, 'a revoked ticket');
  const fresh = (await atB.request('POST', '/v1/tickets', {})).json.ticket;
  assert.is(await opened(a, fresh), true, 'a ticket of the other node');
  assert.is(await opened(b, fresh), false, 'a ticket that was used at the other node');
});

test('a webhook is delivered once, by whichever node leads, wherever it was made', async ({ a, b }) => {
  const [leader, follower] = (await nodeOf(a)).leads ? [a, b] : [b, a];
  const atFollower = await admin(follower);
  const got: string[] = [];
  const receiver = createServer((incoming, answer) => {
    got.push(String(incoming.headers['webhook-id']));
    incoming.resume().on('end', () => answer.writeHead(204).end());
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  try {
    const { port } = receiver.address() as AddressInfo;
    await report(atFollower, 'c1');
    const project = (
      await atFollower.request('GET', '/identity/v3/auth/tokens', undefined, {
        'x-subject-token': atFollower.token,
      })
    ).json.token.project.id;
    const wish = { url: `http://127.0.0.1:${port}/`, name: 'w' };
    const made = await atFollower.request('POST', '/v1/webhooks', wish);
    assert.is(made.status, 201, JSON.stringify(made.json));
    const id = randomUUID();
    const server = { name: 's1', project_id: project, user_id: 'u', host: 'c1' };
    const added = await atFollower.request('PUT', `/v1/instances/${id}`, server);
    assert.is(added.status, 201, JSON.stringify(added.json));
    await until('the first delivery', () => got.length > 0);
    await leader.kill();
    await until('the other node to lead', async () => (await nodeOf(follower)).leads);
    const before = got.length;
    const { uuid } = (await atFollower.request('GET', '/v1/services')).json.services[0];
    const switched = await atFollower.request('PUT', `/v1/services/${uuid}`, { forced_down: true });
    assert.is(switched.status, 200, JSON.stringify(switched.json));
    await until('a delivery by the other node', () => got.length > before);
    assert.is(new Set(got.slice(before)).size, got.length - before, 'each once');
  } finally {
    receiver.close();
  }
});

if (hasPostgres('two nodes on one database')) test.run();
