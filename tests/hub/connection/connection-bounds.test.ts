/** What one connection, or one project, may hold at once, and what ends when it leaves. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Connections, type HubConnection } from '../../../server/hub/connection/connections.ts';
import { drain, leave } from '../../../server/hub/connection/drain.ts';
import { CAPACITY, Inbox } from '../../../server/hub/session/inbox.ts';
import { SubscribeRate } from '../../../server/hub/session/subscribe-rate.ts';
import { FakeClock } from '../../support/clock.ts';
import { ManualTimers } from '../../support/manual-timers.ts';

const test = suite('bounds of connections');

function connection() {
  const seen = { closed: 0, terminated: 0 };
  const one = {
    seen,
    drain: () => undefined,
    close: () => void seen.closed++,
    terminate: () => void seen.terminated++,
  };
  return one as typeof one & HubConnection;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a place that is left twice is given back once', () => {
  const connections = new Connections(2);
  const [first, second] = [connection(), connection()];
  for (const one of [first, second]) {
    connections.add(one);
    connections.take('project:p1');
  }
  connections.remove(first, 'project:p1');
  connections.remove(first, 'project:p1');
  assert.ok(connections.hasPlaceFor('project:p1'));
  connections.take('project:p1');
  assert.not(connections.hasPlaceFor('project:p1'));
});

test('a drain closes connections in slices, spread over its window', async () => {
  const timers = new ManualTimers(new FakeClock());
  const connections = new Connections(100);
  const all = Array.from({ length: 80 }, connection);
  for (const one of all) connections.add(one);
  const { setTimer } = timers;
  const draining = drain(connections, { window: 2_000, setTimer, settled: async () => undefined });
  const closed: number[] = [];
  for (let n = 0; n < 40; n++) {
    await turn();
    timers.advance(50);
    await turn();
    closed.push(all.filter(({ seen }) => seen.closed > 0).length);
  }
  await draining;
  assert.is(closed[0], 2);
  assert.is(closed[19], 40);
  assert.is(closed[39], 80);
});

test('a server that ends waits a second for those that do not close', async () => {
  const timers = new ManualTimers(new FakeClock());
  const connections = new Connections(100);
  const stubborn = connection();
  connections.add(stubborn);
  const leaving = leave(connections, timers.setTimer);
  timers.advance(999);
  assert.equal(stubborn.seen, { closed: 1, terminated: 0 });
  timers.advance(1);
  assert.is(stubborn.seen.terminated, 1);
  connections.remove(stubborn, undefined);
  await leaving;
});

test('frames that come while a token is asked about wait, and no more than fit', async () => {
  const answered: (string | undefined)[] = [];
  const inbox = new Inbox((message) => answered.push(message));
  const asking = Promise.withResolvers<void>();
  inbox.pauseUntil(asking.promise);
  for (let n = 0; n < CAPACITY; n++) assert.ok(inbox.take(`${n}`));
  assert.not(inbox.take('one too many'));
  assert.equal(answered, []);
  asking.resolve();
  await turn();
  assert.equal(answered.slice(0, 2), ['0', '1']);
});

test('frames that waited are not answered on a connection that has closed', async () => {
  const answered: (string | undefined)[] = [];
  const inbox = new Inbox((message) => {
    answered.push(message);
    inbox.close();
  });
  const asking = Promise.withResolvers<void>();
  inbox.pauseUntil(asking.promise);
  inbox.take('closes');
  inbox.take('never');
  asking.resolve();
  await turn();
  inbox.take('never either');
  assert.equal(answered, ['closes']);
});

/** How many of so many subscriptions may begin before time passes. */
function begunAtOnce(pace: SubscribeRate, asked: number): Promise<number> {
  let begun = 0;
  for (let n = 0; n < asked; n++) void pace.next().then(() => begun++);
  return turn().then(() => begun);
}

test('subscriptions of one connection begin 32 at once, then four a second', async () => {
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  const pace = new SubscribeRate({ clock, setTimer: timers.setTimer });
  assert.is(await begunAtOnce(pace, 33), 32);
  let isNext = false;
  void pace.next().then(() => {
    isNext = true;
  });
  timers.advance(499);
  await turn();
  assert.not(isNext);
  timers.advance(1);
  await turn();
  assert.ok(isNext);
});

test('an idle hour saves up one burst of subscriptions and no more', async () => {
  const clock = new FakeClock();
  const pace = new SubscribeRate({ clock, setTimer: new ManualTimers(clock).setTimer });
  clock.advance(3_600_000);
  assert.is(await begunAtOnce(pace, 100), 32);
});

test.run();
