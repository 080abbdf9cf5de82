/** Drills at the client: passed over, or counted and marked. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Client, connect, failoverWhen, HostStatusMap } from '../../../client-sdk/src/index.ts';
import { within } from '../../support/within.ts';
import { change, event, snapshot, state, synced } from '../support/frames.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const test = suite('drills at the client');

const MARK = { id: 'd1', until: '2026-01-01T00:01:00.000Z' };
const facts = { forced_down: true, disabled: false, live: false };
const STARTED = {
  ...change('s1', 'DOWN'),
  kind: 'drill',
  cause: 'drill',
  facts,
  fence: 'confirmed',
  drill: MARK,
};
const ENDED = {
  ...change('s1', 'UP', 'DOWN'),
  kind: 'drill',
  cause: 'drill',
  drill: { ...MARK, ended: true },
};

async function open(server: ScriptedServer, options: { drills?: boolean; hostStatus?: ['DOWN'] } = {}) {
  const client = connect({ url: server.url, token: 't', ...options });
  const map = new HostStatusMap(client);
  const peer = await within('a connection', server.peer());
  await peer.greet();
  peer.send(snapshot(options.hostStatus === undefined ? [state('s1')] : []), synced(0));
  await map.synced;
  const send = async (seq: number, ...items: object[]) => {
    const arrived = seenBy(client, seq);
    peer.send(event(seq, items));
    await arrived;
  };
  return { client, map, send };
}

const seenBy = (client: Client, seq: number) =>
  within(
    `seq ${seq}`,
    new Promise<void>((resolve) => {
      client.on('event', (e) => e.seq === seq && resolve());
    }),
  );

test('a client that does not count drills sees nothing of one, and loses no number', async () => {
  await using server = await ScriptedServer.open();
  const { client, map, send } = await open(server);
  await using _client = client;
  const changes: string[] = [];
  client.on('change', ({ kind }) => changes.push(kind));
  const lost = failoverWhen(map, ['s1']);
  let settled = false;
  lost.then(
    () => {
      settled = true;
    },
    () => undefined,
  );
  await send(1, STARTED);
  await send(2, ENDED);
  assert.equal([changes, map.get('s1')?.host_status, settled], [[], 'UP', false]);
  await send(3, { ...change('s1', 'UNKNOWN'), drill: { ...MARK, ended: true } });
  assert.equal([changes, map.get('s1')?.host_status], [['transition'], 'UNKNOWN'], 'the truth is applied');
});

test('a client that opts in acts on a drill, and can see that it is one', async () => {
  await using server = await ScriptedServer.open();
  const { client, map, send } = await open(server, { drills: true });
  await using _client = client;
  const lost = failoverWhen(map, ['s1']);
  await send(1, STARTED);
  const { host_status, drill, known } = await within('the failover', lost);
  assert.equal([host_status, drill, known.holds], ['DOWN', MARK, true]);
  await send(2, ENDED);
  assert.equal([map.get('s1')?.host_status, map.get('s1')?.drill], ['UP', undefined]);
});

test('a true change takes the place of a drill, and is not marked as one', async () => {
  await using server = await ScriptedServer.open();
  const { client, map, send } = await open(server, { drills: true });
  await using _client = client;
  await send(1, STARTED);
  await send(2, { ...change('s1', 'UNKNOWN'), drill: { ...MARK, ended: true } });
  assert.equal([map.get('s1')?.host_status, map.get('s1')?.drill], ['UNKNOWN', undefined]);
});

test('a filtered map forgets the server when its drill ends', async () => {
  await using server = await ScriptedServer.open();
  for (const end of [ENDED, { ...change('s1', 'MAINTENANCE'), drill: { ...MARK, ended: true } }]) {
    const { client, map, send } = await open(server, { drills: true, hostStatus: ['DOWN'] });
    await using _client = client;
    await send(1, STARTED);
    assert.is(map.get('s1')?.host_status, 'DOWN');
    await send(2, end);
    assert.is(map.get('s1'), undefined);
  }
});

test.run();
