/** Two whole servers on one database: either may be talked to, either may be killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { login, type Session } from '../support/http.ts';
import { type FreshSchema, freshSchema, hasPostgres } from '../support/postgres.ts';
import { type ServerProcess, startServer } from '../support/process.ts';
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

function serve({ url }: FreshSchema): Promise<ServerProcess> {
  return startServer({
    HOSTBEAT_DATABASE_URL: url,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_REPORT_INTERVAL: '1s',
    HOSTBEAT_SERVICE_DOWN_TIME: '4s',
  });
}

const admin = ({ url }: ServerProcess) => login(url, 'admin', 'pw', 'admin');

async function nodeOf({ url }: ServerProcess) {
  const answer = (await (await fetch(`${url}/readyz`)).json()) as { node: { leads: boolean; nodes: number } };
  return answer.node;
}

async function report(by: Session, ...hosts: readonly string[]): Promise<void> {
  const reports = hosts.map((host) => ({ host, binary: 'nova-compute' }));
  const { status, json } = await by.request('POST', '/v1/reports', { reports });
  assert.is(status, 200, JSON.stringify(json));
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
  return { how, items, cursor: () => last as string, close: () => socket.terminate() };
}

test('one of them leads, and each knows the other', async ({ a, b }) => {
  await until('both know of both', async () => {
    const nodes = [await nodeOf(a), await nodeOf(b)];
    return nodes.every(({ nodes }) => nodes === 2) && nodes.filter(({ leads }) => leads).length === 1;
  });
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

if (hasPostgres('two nodes on one database')) test.run();
