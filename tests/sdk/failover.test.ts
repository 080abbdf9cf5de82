import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, type FailoverOptions, failoverWhen, HostStatusMap } from '../../client-sdk/src/index.ts';
import { within } from '../support/within.ts';
import { change, event, snapshot, state, synced } from './support/frames.ts';
import { ScriptedServer } from './support/scripted-server.ts';

const test = suite('failoverWhen');

/** Timers that run when the test says so. */
function heldTimers() {
  const held = new Map<number, () => void>();
  let next = 0;
  const setTimer = (run: () => void) => {
    const id = next++;
    held.set(id, run);
    return () => held.delete(id);
  };
  const pass = () => {
    const due = [...held.values()];
    held.clear();
    for (const run of due) run();
  };
  return { setTimer, pass, held };
}

async function open(server: ScriptedServer, options: FailoverOptions, servers = ['s1', 's2']) {
  const client = connect({ url: server.url, token: 't', random: () => 0 });
  const map = new HostStatusMap(client);
  let found: string | undefined;
  const failover = failoverWhen(map, servers, options);
  failover.then(
    ({ server_id, host_status }) => {
      found = `${server_id} ${host_status}`;
    },
    () => {},
  );
  const peer = await within('a connection', server.peer());
  await peer.greet();
  const seen = (seq: number) =>
    within(
      `seq ${seq}`,
      new Promise<void>((resolve) => {
        client.on('event', (e) => e.seq === seq && resolve());
      }),
    );
  return { client, peer, failover, seen, found: () => found };
}

test('the first server that goes DOWN is given at once; others and other statuses are not', async () => {
  await using server = await ScriptedServer.open();
  const { client, peer, failover, seen, found } = await open(server, {});
  await using _client = client;
  const third = seen(3);
  peer.send(snapshot([state('s1'), state('s2'), state('s9')]), synced(0));
  peer.send(event(1, [change('s9', 'DOWN')]), event(2, [change('s1', 'UNKNOWN')]), event(3, []));
  await third;
  assert.is(found(), undefined);
  peer.send(event(4, [change('s2', 'DOWN')]));
  assert.is((await within('the failover', failover)).server_id, 's2');
});

test('one that is fenced while its host is in maintenance is lost, though MAINTENANCE is all that is shown', async () => {
  await using server = await ScriptedServer.open();
  const { client, peer, failover, found, seen } = await open(server, {});
  await using _client = client;
  const first = seen(1);
  peer.send(snapshot([state('s1', 'MAINTENANCE')]), synced(0), event(1, []));
  await first;
  assert.is(found(), undefined);
  const facts = { forced_down: true, disabled: true, live: true };
  const fenced = { ...change('s1', 'MAINTENANCE', 'MAINTENANCE'), kind: 'annotation', facts };
  peer.send(event(2, [fenced]));
  assert.is((await within('the failover', failover)).facts?.forced_down, true);
});

test('one that is lost already counts', async () => {
  await using server = await ScriptedServer.open();
  const { client, peer, failover } = await open(server, {});
  await using _client = client;
  peer.send(snapshot([state('s1', 'DOWN')]), synced(0));
  assert.is((await within('the failover', failover)).server_id, 's1');
});

test('a status must hold for settleMs; one that passes is forgotten', async () => {
  await using server = await ScriptedServer.open();
  const timers = heldTimers();
  const options = { statuses: ['UNKNOWN', 'DOWN'] as const, settleMs: 5_000, setTimer: timers.setTimer };
  const { client, peer, failover, seen, found } = await open(server, options);
  await using _client = client;
  let next = seen(2);
  peer.send(snapshot([state('s1'), state('s2')]), synced(0));
  peer.send(event(1, [change('s1', 'UNKNOWN')]), event(2, [change('s1', 'UP', 'UNKNOWN')]));
  await next;
  assert.is(timers.held.size, 0);
  next = seen(4);
  // From one wanted status to another is no reprieve.
  peer.send(event(3, [change('s2', 'UNKNOWN')]), event(4, [change('s2', 'DOWN', 'UNKNOWN')]));
  await next;
  assert.is(timers.held.size, 1);
  assert.is(found(), undefined);
  timers.pass();
  assert.is((await within('the failover', failover)).host_status, 'DOWN');
});

test('while the connection is broken nothing is decided; the replay says whether it still holds', async () => {
  await using server = await ScriptedServer.open();
  const timers = heldTimers();
  const options = { statuses: ['UNKNOWN'] as const, settleMs: 5_000, setTimer: timers.setTimer };
  const { client, peer, failover, seen, found } = await open(server, options);
  await using _client = client;
  let next = seen(1);
  peer.send(snapshot([state('s1'), state('s2')]), synced(0), event(1, [change('s1', 'UNKNOWN')]));
  await next;
  peer.cut();
  const second = await within('a second connection', server.peer());
  await second.greet();
  timers.pass();
  next = seen(3);
  second.send(
    event(2, [change('s1', 'UP', 'UNKNOWN')]),
    event(3, [change('s2', 'UNKNOWN')]),
    synced(3, 'resumed'),
  );
  await next;
  assert.is(found(), undefined, 's1 had come back meanwhile');
  timers.pass();
  assert.is((await within('the failover', failover)).server_id, 's2');
});

test('it ends with the client, with a refusal, or with its signal', async () => {
  await using server = await ScriptedServer.open();
  const failing = (failover: Promise<unknown>) =>
    within(
      'the end',
      failover.then(
        () => assert.unreachable(),
        (error) => error.name as string,
      ),
    );
  const closed = await open(server, {});
  closed.peer.send(snapshot([]), synced(0));
  await within('synced', closed.client.synced);
  await closed.client.close();
  assert.is(await failing(closed.failover), 'ClosedError');
  const refused = await open(server, {});
  refused.peer.close(4403);
  assert.is(await failing(refused.failover), 'ForbiddenError');
  const stop = new AbortController();
  const aborted = await open(server, { signal: stop.signal });
  stop.abort();
  assert.is(await failing(aborted.failover), 'AbortError');
  for (const settleMs of [Number.NaN, -1]) {
    await using client = connect({ url: server.url, token: 't' });
    assert.is(await failing(failoverWhen(new HostStatusMap(client), ['s1'], { settleMs })), 'RangeError');
  }
  await refused.client.close();
  await aborted.client.close();
});

test.run();
