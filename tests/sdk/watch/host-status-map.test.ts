import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import { connect, HostStatusMap, type MapChange } from '../../../client-sdk/src/index.ts';
import { within } from '../../support/within.ts';
import { change, event, health, snapshot, state, synced } from '../support/frames.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

const test = suite('host status map');
const random = () => 0;

function open(server: ScriptedServer, hostStatus?: readonly HostStatus[]) {
  const filter = hostStatus === undefined ? {} : { hostStatus };
  const client = connect({ url: server.url, token: 't', random, ...filter });
  const map = new HostStatusMap(client);
  const changes: string[] = [];
  const reported = ({ id, before, after, by }: MapChange) => {
    const why = 'reset' in by ? `reset ${by.reset}` : by.kind;
    changes.push(`${id} ${before?.host_status ?? '-'} ${after?.host_status ?? '-'} ${why}`);
  };
  map.on('change', reported);
  const changed = (count: number) =>
    within(
      `${count} changes`,
      new Promise<void>((resolve) => {
        if (changes.length >= count) resolve();
        map.on('change', () => changes.length >= count && resolve());
      }),
    );
  return { client, map, changes, changed };
}

const statuses = (map: HostStatusMap) => Object.fromEntries([...map].map(([id, s]) => [id, s.host_status]));

test('it is filled by the snapshot and follows every change', async () => {
  await using server = await ScriptedServer.open();
  const { client, map, changes, changed } = open(server);
  await using _client = client;
  const peer = await within('a connection', server.peer());
  await peer.greet();
  peer.send(snapshot([state('s1'), state('s2')]), synced(0));
  await within('synced', map.synced);
  assert.equal(statuses(map), { s1: 'UP', s2: 'UP' });
  assert.equal(changes, [], 'what was there at the beginning is no change');
  const added = { ...change('s3', 'UP'), kind: 'server_added', from: null, cause: 'placement' };
  const removed = { ...change('s2', 'UP'), kind: 'server_removed', to: null, cause: 'placement' };
  const at = '2026-02-02T00:00:00.000Z';
  peer.send(event(1, [{ ...change('s1', 'DOWN'), at, reason: 'fenced' }, added]), event(2, [removed]));
  await changed(3);
  assert.equal(changes, ['s1 UP DOWN transition', 's3 - UP server_added', 's2 UP - server_removed']);
  assert.equal(statuses(map), { s1: 'DOWN', s3: 'UP' });
  assert.equal(map.get('s1'), { ...state('s1', 'DOWN'), since: at, reason: 'fenced' });
  assert.is(map.size, 2);
  assert.not.ok(map.has('s2'));
});

test('an annotation changes the facts, and neither the status nor since when it holds', async () => {
  await using server = await ScriptedServer.open();
  const { client, map, changed } = open(server);
  await using _client = client;
  const peer = await within('a connection', server.peer());
  await peer.greet();
  peer.send(snapshot([state('s1', 'MAINTENANCE')]), synced(0));
  const facts = { forced_down: true, disabled: true, live: true };
  const fenced = {
    ...change('s1', 'MAINTENANCE', 'MAINTENANCE'),
    kind: 'annotation',
    facts,
    at: '2027-01-01',
  };
  peer.send(event(1, [fenced]));
  await changed(1);
  assert.equal(map.get('s1'), { ...state('s1', 'MAINTENANCE'), facts });
});

test('heard_while_forced_down counts for as long as it is sent', async () => {
  await using server = await ScriptedServer.open();
  const { client, map, changed } = open(server);
  await using _client = client;
  const peer = await within('a connection', server.peer());
  await peer.greet();
  const heard = { ...change('s1', 'DOWN', 'DOWN'), kind: 'annotation', heard_while_forced_down: true };
  peer.send(snapshot([state('s1', 'DOWN')]), synced(0), event(1, [heard]));
  await changed(1);
  assert.is(map.get('s1')?.heard_while_forced_down, true);
  peer.send(event(2, [change('s1', 'UP', 'DOWN')]));
  await changed(2);
  assert.not.ok('heard_while_forced_down' in map.get('s1')!);
});

test('confidence "grace" stays on a state until something changes', async () => {
  await using server = await ScriptedServer.open();
  const { client, map, changed } = open(server);
  await using _client = client;
  const peer = await within('a connection', server.peer());
  await peer.greet();
  const remembered = { ...state('s1', 'UP'), confidence: 'grace' } as const;
  peer.send(snapshot([remembered, { ...remembered, server_id: 's2' }]), synced(0));
  peer.send(event(1, [change('s1', 'UNKNOWN', 'UP')]));
  await changed(1);
  assert.not.ok('confidence' in map.get('s1')!);
  assert.is(map.get('s2')?.confidence, 'grace');
});

test('a status that may no longer be seen is dropped', async () => {
  await using server = await ScriptedServer.open();
  const { client, map, changed } = open(server);
  await using _client = client;
  const peer = await within('a connection', server.peer());
  await peer.greet();
  const { facts: _, ...unknown } = state('s1', 'UNKNOWN');
  const { facts: __, to: ___, ...left } = change('s1', 'UP', 'UNKNOWN');
  peer.send(snapshot([unknown]), synced(0), event(1, [left]));
  await changed(1);
  assert.not.ok('host_status' in map.get('s1')!);
});

test('a server that left the filter is forgotten, and is new when it enters it again', async () => {
  await using server = await ScriptedServer.open();
  const { client, map, changes, changed } = open(server, ['DOWN']);
  await using _client = client;
  const peer = await within('a connection', server.peer());
  await peer.greet();
  peer.send(snapshot([state('s1', 'DOWN'), state('s2', 'DOWN')]), synced(0));
  peer.send(event(1, [change('s1', 'UP', 'DOWN')]));
  await changed(1);
  assert.equal([map.has('s1'), map.size], [false, 1], 'what it is now is not known any more');
  // MAINTENANCE hides it, and the fact that it is forced down still holds: it is within the filter.
  const hidden = { ...change('s2', 'MAINTENANCE', 'DOWN') };
  peer.send(event(2, [{ ...hidden, facts: { forced_down: true, disabled: true, live: false } }]));
  await changed(2);
  assert.is(map.get('s2')?.host_status, 'MAINTENANCE');
  peer.send(
    event(3, [
      {
        ...hidden,
        kind: 'annotation',
        from: 'MAINTENANCE',
        facts: { forced_down: false, disabled: true, live: false },
      },
    ]),
  );
  await changed(3);
  assert.not.ok(map.has('s2'), 'nothing of the filter holds of it');
  peer.send(event(4, [change('s1', 'DOWN', 'UNKNOWN')]));
  await changed(4);
  assert.equal(changes, [
    's1 DOWN - transition',
    's2 DOWN MAINTENANCE transition',
    's2 MAINTENANCE - annotation',
    's1 - DOWN transition',
  ]);
});

test('a reset replaces everything and emits only the differences', async () => {
  await using server = await ScriptedServer.open();
  const { client, map, changes, changed } = open(server);
  await using _client = client;
  const first = await within('a connection', server.peer());
  await first.greet();
  first.send(
    snapshot([state('s1'), state('s2'), state('s3')]),
    synced(0),
    event(1, [change('s3', 'UNKNOWN')]),
  );
  await changed(1);
  first.cut();
  const second = await within('a second connection', server.peer());
  await second.greet();
  const s3 = { ...state('s3', 'UNKNOWN') };
  second.send(snapshot([state('s2', 'DOWN'), s3, state('s4')]), synced(9, 'reset', 'expired'));
  await changed(4);
  assert.equal(changes.slice(1), [
    's1 UP - reset expired',
    's2 UP DOWN reset expired',
    's4 - UP reset expired',
  ]);
  assert.equal(statuses(map), { s2: 'DOWN', s3: 'UNKNOWN', s4: 'UP' });
});

test('it says when it may lag behind the truth', async () => {
  await using server = await ScriptedServer.open();
  const { client, map } = open(server);
  await using _client = client;
  const becomes = (wanted: boolean) =>
    within(
      `stale ${wanted}`,
      new Promise<void>((resolve) => {
        map.on('stale', (stale) => stale === wanted && resolve());
      }),
    );
  assert.ok(map.stale, 'nothing is known yet');
  const first = await within('a connection', server.peer());
  await first.greet();
  let next = becomes(false);
  first.send(snapshot([state('s1')]), synced(0), health());
  await next;
  next = becomes(true);
  first.send(health('paused'));
  await next;
  next = becomes(false);
  first.send(health('degraded'));
  await next;
  next = becomes(true);
  first.cut();
  await next;
  assert.is(map.get('s1')?.host_status, 'UP', 'what was known stays readable');
});

test('operators get services by their id', async () => {
  await using server = await ScriptedServer.open();
  await using client = connect({ url: server.url, token: 't', stream: 'hosts' });
  const map = new HostStatusMap(client);
  const peer = await within('a connection', server.peer());
  await peer.greet();
  const { server_id, name, host_id, ...rest } = state('v1');
  const service = { ...rest, service_id: 'v1', host: 'c1', binary: 'nova-compute', zone: 'z', servers: 2 };
  peer.send({ ...snapshot([]), items: [service] }, synced(0));
  await within('synced', map.synced);
  assert.is(map.get('v1')?.host, 'c1');
});

test('a map that would miss its snapshot is refused', async () => {
  await using server = await ScriptedServer.open();
  await using resumed = connect({ url: server.url, token: 't', cursor: 'c' });
  assert.throws(() => new HostStatusMap(resumed), /"cursor"/);
  await using late = connect({ url: server.url, token: 't' });
  await within('begun', new Promise<void>((resolve) => late.once('state', () => resolve())));
  assert.throws(() => new HostStatusMap(late), /has just been created/);
});

test('"synced" fails if the server refuses', async () => {
  await using server = await ScriptedServer.open();
  const { client, map } = open(server);
  await using _client = client;
  (await within('a connection', server.peer())).close(4401, 'no');
  await within('the refusal', map.synced).then(
    () => assert.unreachable(),
    (error) => assert.is(error.name, 'AuthenticationError'),
  );
});

test.run();
