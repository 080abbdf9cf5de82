import { getEventListeners } from 'node:events';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connect, type FailoverOptions, failoverWhen, HostStatusMap } from '../../../client-sdk/src/index.ts';
import { within } from '../../support/within.ts';
import { change, event, snapshot, state, synced } from '../support/frames.ts';
import { ScriptedServer } from '../support/scripted-server.ts';

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

test('the first server that goes DOWN is returned at once; others are not', async () => {
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

test('a server fenced during maintenance is lost, though MAINTENANCE is shown', async () => {
  await using server = await ScriptedServer.open();
  const { client, peer, failover, found, seen } = await open(server, {}, ['s1']);
  await using _client = client;
  const first = seen(1);
  peer.send(snapshot([state('s1', 'MAINTENANCE')]), synced(0), event(1, []));
  await first;
  assert.is(found(), undefined);
  const facts = { forced_down: true, disabled: true, live: false };
  const fenced = { ...change('s1', 'MAINTENANCE', 'MAINTENANCE'), kind: 'annotation', facts };
  peer.send(event(2, [fenced]));
  assert.is((await within('the failover', failover)).facts?.forced_down, true);
});

test('a server that is already lost counts', async () => {
  await using server = await ScriptedServer.open();
  const { client, peer, failover } = await open(server, {}, ['s1']);
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

test('while the connection is broken nothing is decided; the replay decides then', async () => {
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

const facts = (live: boolean) => ({ forced_down: true, disabled: false, live });
/** Declared down while its host is `live`, and what else is said of it. */
const down = (live: boolean, more: object = {}) => ({ ...change('s1', 'DOWN'), facts: facts(live), ...more });
const note = (live: boolean, more: object = {}) => ({
  ...down(live, more),
  kind: 'annotation',
  from: 'DOWN',
});

test('a host that is DOWN and still heard is waited for: the fence must hold first', async () => {
  await using server = await ScriptedServer.open();
  const { client, peer, failover, found, seen } = await open(server, {}, ['s1']);
  await using _client = client;
  const third = seen(3);
  peer.send(snapshot([state('s1')]), synced(0), event(1, [down(true)]));
  peer.send(event(2, [note(true, { heard_while_forced_down: true })]));
  // Confirmed, and heard all the same.
  peer.send(event(3, [note(true, { heard_while_forced_down: true, fence: 'confirmed' })]));
  await third;
  assert.is(found(), undefined);
  peer.send(event(4, [note(false, { heard_while_forced_down: true, cause: 'timeout' })]));
  const { known } = await within('the failover', failover);
  assert.equal(known, { holds: true, heard: false, heardWhileDown: true, fence: 'confirmed' });
});

test('a confirmed fence is believed at once while the host was not heard since', async () => {
  await using server = await ScriptedServer.open();
  const { client, peer, failover, found, seen } = await open(server, {}, ['s1']);
  await using _client = client;
  const first = seen(1);
  peer.send(snapshot([state('s1')]), synced(0), event(1, [down(true, { fence: 'requested' })]));
  await first;
  assert.is(found(), undefined);
  peer.send(event(2, [note(true, { fence: 'confirmed' })]));
  const { known } = await within('the failover', failover);
  assert.equal(known, { holds: true, heard: true, heardWhileDown: false, fence: 'confirmed' });
});

test('with riskTwoPrimaries it returns at once, and says that the host still reports', async () => {
  await using server = await ScriptedServer.open();
  const { client, peer, failover } = await open(server, { riskTwoPrimaries: true }, ['s1']);
  await using _client = client;
  peer.send(snapshot([state('s1')]), synced(0));
  peer.send(event(1, [down(true, { heard_while_forced_down: true })]));
  const { known } = await within('the failover', failover);
  assert.equal(known, { holds: false, heard: true, heardWhileDown: true, fence: undefined });
});

test('a fence that ends to hold while the status settles starts the wait again', async () => {
  await using server = await ScriptedServer.open();
  const timers = heldTimers();
  const options = { settleMs: 1_000, setTimer: timers.setTimer };
  const { client, peer, failover, found, seen } = await open(server, options, ['s1']);
  await using _client = client;
  let next = seen(1);
  peer.send(snapshot([state('s1')]), synced(0), event(1, [down(false)]));
  await next;
  assert.is(timers.held.size, 1);
  next = seen(2);
  peer.send(event(2, [note(true, { heard_while_forced_down: true })]));
  await next;
  assert.equal([timers.held.size, found()], [0, undefined]);
  next = seen(3);
  peer.send(event(3, [note(false, { heard_while_forced_down: true })]));
  await next;
  timers.pass();
  assert.is((await within('the failover', failover)).server_id, 's1');
});

test('DOWN, UP and DOWN again in one catching-up is lost', async () => {
  await using server = await ScriptedServer.open();
  const { client, peer, failover, found } = await open(server, {}, ['s1']);
  await using _client = client;
  const synced0 = within('synced', client.synced);
  peer.send(snapshot([state('s1')]), synced(0));
  await synced0;
  peer.cut();
  const second = await within('a second connection', server.peer());
  await second.greet();
  const at = '2026-01-02T00:00:00.000Z';
  second.send(event(1, [down(false)]), event(2, [change('s1', 'UP', 'DOWN')]));
  second.send(event(3, [down(false, { at })]));
  assert.is(found(), undefined);
  second.send(synced(3, 'resumed'));
  assert.is((await within('the failover', failover)).since, at);
});

test('a status that settled and passed while nothing was heard must settle again', async () => {
  await using server = await ScriptedServer.open();
  const timers = heldTimers();
  const options = { statuses: ['UNKNOWN'] as const, settleMs: 5_000, setTimer: timers.setTimer };
  const { client, peer, failover, seen, found } = await open(server, options, ['s1']);
  await using _client = client;
  let next = seen(1);
  peer.send(snapshot([state('s1')]), synced(0), event(1, [change('s1', 'UNKNOWN')]));
  await next;
  peer.cut();
  const second = await within('a second connection', server.peer());
  await second.greet();
  timers.pass();
  next = seen(4);
  second.send(event(2, [change('s1', 'UP', 'UNKNOWN')]), event(3, [change('s1', 'UNKNOWN')]));
  second.send(synced(3, 'resumed'), event(4, []));
  await next;
  assert.equal([found(), timers.held.size], [undefined, 1]);
  timers.pass();
  assert.is((await within('the failover', failover)).server_id, 's1');
});

test('however it ends, it leaves no timer and no listener behind', async () => {
  await using server = await ScriptedServer.open();
  await using client = connect({ url: server.url, token: 't', random: () => 0 });
  const map = new HostStatusMap(client);
  const timers = heldTimers();
  const stop = new AbortController();
  const listeners: string[] = [];
  for (const [name, of] of Object.entries({ map, client })) {
    const on = of.on.bind(of) as (type: string, run: unknown) => () => void;
    const counted = (type: string, run: unknown) => {
      listeners.push(name);
      const off = on(type, run);
      return () => {
        listeners.splice(listeners.indexOf(name), 1);
        off();
      };
    };
    Object.assign(of, { on: counted });
  }
  const failover = failoverWhen(map, ['s1'], {
    settleMs: 5_000,
    setTimer: timers.setTimer,
    signal: stop.signal,
  });
  assert.equal(listeners.toSorted(), ['client', 'map']);
  const peer = await within('a connection', server.peer());
  await peer.greet();
  peer.send(snapshot([state('s1', 'DOWN')]), synced(0));
  await within('synced', map.synced);
  assert.is(timers.held.size, 1);
  stop.abort(new Error('enough'));
  assert.is(
    await within(
      'the end',
      failover.catch(({ message }) => message),
    ),
    'enough',
  );
  assert.equal([timers.held.size, listeners, getEventListeners(stop.signal, 'abort').length], [0, [], 0]);
});

test('an id that is not the project’s, or is removed, rejects; case does not matter', async () => {
  await using server = await ScriptedServer.open();
  const id = 'abcdef00-0000-4000-8000-000000000001';
  const typo = await open(server, {}, ['s1', 'typo']);
  typo.peer.send(snapshot([state('s1')]), synced(0));
  const error = await within(
    'the end',
    typo.failover.catch((e) => e),
  );
  assert.equal([error.name, error.serverIds], ['UnknownServerError', ['typo']]);
  const removed = await open(server, {}, [id.toUpperCase()]);
  removed.peer.send(snapshot([state(id)]), synced(0));
  removed.peer.send(event(1, [{ ...change(id, 'UP'), kind: 'server_removed', to: null }]));
  assert.match(
    (
      await within(
        'the end',
        removed.failover.catch((e) => e),
      )
    ).message,
    /removed/,
  );
  await Promise.all([typo.client.close(), removed.client.close()]);
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
  closed.peer.send(snapshot([state('s1'), state('s2')]), synced(0));
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
  for (const settleMs of [Number.NaN, -1, 2 ** 31, Number.POSITIVE_INFINITY]) {
    await using client = connect({ url: server.url, token: 't' });
    assert.is(await failing(failoverWhen(new HostStatusMap(client), ['s1'], { settleMs })), 'UsageError');
  }
  await refused.client.close();
  await aborted.client.close();
});

test.run();
