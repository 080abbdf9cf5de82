import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EdgeConnection } from '../../server/runtime/connections/connection.ts';
import { Connections, type RefusedConnection } from '../../server/runtime/connections/connections.ts';
import { Guard } from '../../server/runtime/connections/guard.ts';
import { connectionsWithin } from '../../server/runtime/descriptors.ts';
import { Intake } from '../../server/runtime/intake.ts';
import { FakeClock } from '../support/clock.ts';

const test = suite('connections and descriptors');

/** As much of a network socket as the table asks for. */
class FakeSocket extends EventEmitter {
  destroyed = false;
  writableLength = 0;
  bytesWritten = 0;

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }

  pause(): void {}
  resume(): void {}
  isPaused(): boolean {
    return false;
  }
}

function table(total: number, perAddress = 100, isProxy = (_peer: string) => false) {
  const turnedAway: RefusedConnection[] = [];
  let evicted = 0;
  const connections = new Connections({
    limits: { total, perAddress },
    now: () => 0,
    isProxy,
    onTurnedAway: (why) => turnedAway.push(why),
    onEvicted: () => {
      evicted += 1;
    },
    onClosed: () => undefined,
  });
  const accept = (peer = '192.0.2.1') => {
    const socket = new FakeSocket();
    return { socket, connection: connections.accept(socket as unknown as Socket, peer) };
  };
  return { connections, turnedAway, accept, evicted: () => evicted };
}

test('some descriptors are kept back for the database and for what we call ourselves', () => {
  assert.is(connectionsWithin(1_024, 30), 1_024 - 30 - 128);
  assert.is(connectionsWithin(256, 30), 256 - 30 - 32);
  assert.is(connectionsWithin(64, 30), 64 - 30 - 16);
  assert.is(connectionsWithin(20, 30), 1);
  assert.is(connectionsWithin(undefined, 30), Number.POSITIVE_INFINITY);
});

test('an address has as many connections as it may, and no more until one of them ends', () => {
  const { accept, turnedAway } = table(100, 2);
  const first = accept();
  accept();
  assert.is(accept().socket.destroyed, true);
  assert.is(accept('192.0.2.2').socket.destroyed, false);
  assert.equal(turnedAway, ['address']);
  first.socket.destroy();
  assert.is(accept().socket.destroyed, false);
});

test('connections of a proxy are not counted as those of one address', () => {
  const { accept, turnedAway } = table(100, 1, (peer) => peer === '10.0.0.7');
  for (let n = 0; n < 5; n += 1) assert.is(accept('10.0.0.7').socket.destroyed, false);
  assert.equal(turnedAway, []);
});

test('where all places are taken, the longest unused connection goes for the new one', () => {
  const { accept, turnedAway, evicted, connections } = table(3);
  const [busy, idle, used] = [accept(), accept(), accept()];
  busy.connection?.inTurn(() => undefined);
  used.connection?.inTurn(() => undefined);
  used.connection?.answered();
  const fresh = accept();
  assert.equal(
    [busy, idle, used, fresh].map(({ socket }) => socket.destroyed),
    [false, true, false, false],
  );
  assert.equal([evicted(), turnedAway, connections.size], [1, [], 3]);
});

test('a connection that was used once is not spared for ever', () => {
  const { accept } = table(1);
  const used = accept();
  used.connection?.inTurn(() => undefined);
  used.connection?.answered();
  accept();
  assert.is(used.socket.destroyed, true);
});

test('where all are in use, the new one is turned away, and that is known', () => {
  const { accept, turnedAway } = table(2);
  accept().connection?.inTurn(() => undefined);
  const upgraded = accept().connection;
  if (upgraded !== undefined) upgraded.isUpgraded = true;
  assert.is(accept().socket.destroyed, true);
  assert.equal(turnedAway, ['descriptors']);
});

test('requests behind one whose client hung up never begin', () => {
  const { accept } = table(2);
  const { socket, connection } = accept();
  const begun: number[] = [];
  for (const n of [1, 2, 3]) connection?.inTurn(() => begun.push(n));
  socket.destroy();
  connection?.answered();
  connection?.answered();
  assert.equal(begun, [1]);
});

test('requests of one connection begin one at a time, and too many end it', () => {
  const { accept } = table(2);
  const { socket, connection } = accept();
  const begun: number[] = [];
  for (let n = 0; n < 33; n += 1) connection?.inTurn(() => begun.push(n));
  assert.equal([begun, socket.destroyed], [[0], false]);
  connection?.answered();
  assert.equal(begun, [0, 1]);
  for (const n of [33, 34]) connection?.inTurn(() => begun.push(n));
  assert.is(socket.destroyed, true);
  assert.is(connection?.requests, 2);
});

test('a reader is slow only while its kernel takes nothing', () => {
  let now = 0;
  const connections = new Connections({
    limits: { total: 9, perAddress: 9 },
    now: () => now,
    isProxy: () => false,
    onTurnedAway: () => undefined,
    onEvicted: () => undefined,
    onClosed: () => undefined,
  });
  const socket = new FakeSocket();
  connections.accept(socket as unknown as Socket, '192.0.2.1');
  now = 900;
  assert.is(connections.stalled(600).length, 0, 'nothing waits for it');
  socket.bytesWritten = 1_000;
  socket.writableLength = 600;
  now = 1_400;
  assert.is(connections.stalled(600).length, 0, 'it took some');
  socket.writableLength = 500;
  now = 1_900;
  assert.is(connections.stalled(600).length, 0, 'it took some more');
  now = 2_500;
  assert.is(connections.stalled(600).length, 1, 'it took nothing');
});

test('a reader that takes nothing is cut, unless it was this process that stood still', () => {
  const cuts: string[] = [];
  const stall = 600;
  const guard = new Guard({
    limits: {
      connections: { total: 10, perAddress: 10 },
      unsent: { perConnection: 1e6, perAddress: 1e6, total: 1e6 },
    },
    events: { answerCut: (why) => cuts.push(why) },
    seeThrough: () => undefined,
    stall,
  });
  const socket = new FakeSocket();
  const connection = guard.connections.accept(socket as unknown as Socket, '192.0.2.1') as EdgeConnection;
  socket.writableLength = 1_000;
  socket.bytesWritten = 1_000;
  connection.movedAt -= stall;
  guard.look(5 * stall);
  assert.equal([cuts, socket.destroyed], [[], false]);
  guard.look(stall / 6);
  assert.equal(cuts, [], 'its time begins again');
  connection.movedAt -= stall;
  guard.look(stall / 6);
  assert.equal([cuts, socket.destroyed], [['stalled'], true]);
});

function intake() {
  const clock = new FakeClock();
  const changes: (string | undefined)[] = [];
  let free = true;
  let tries = 0;
  const made = new Intake({
    clock,
    canOpen: () => {
      tries += 1;
      return free;
    },
    onChange: (trouble) => changes.push(trouble),
  });
  const exhaust = (isExhausted: boolean) => {
    free = !isExhausted;
  };
  return { intake: made, clock, changes, exhaust, tries: () => tries };
}

test('missing descriptors are found by trying, and reported at the start and the end', () => {
  const { intake: made, clock, changes, exhaust } = intake();
  assert.is(made.trouble(), undefined);
  exhaust(true);
  for (let n = 0; n < 100; n += 1) {
    clock.advance(100);
    made.trouble();
  }
  assert.match(made.trouble() ?? '', /no file descriptor is free/);
  exhaust(false);
  clock.advance(250);
  assert.ok(made.trouble());
  clock.advance(2_000);
  assert.is(made.trouble(), undefined);
  assert.equal(changes.map(Boolean), [true, false]);
});

test('a port that cannot be reached is trouble, and the caller learns of it', async () => {
  const { intake: made, changes } = intake();
  made.opened({ caughtUp: async () => Promise.reject(new Error('connection refused')) });
  await made.caughtUp().then(
    () => assert.unreachable(),
    (error: Error) => assert.is(error.message, 'connection refused'),
  );
  assert.ok(made.trouble());
  assert.equal(changes.map(Boolean), [true]);
});

test('a connection that was turned away counts at once, and until none was for a while', () => {
  const { intake: made, clock, changes } = intake();
  made.turnedAway();
  assert.ok(made.trouble());
  clock.advance(1_500);
  made.turnedAway();
  clock.advance(1_500);
  assert.ok(made.trouble());
  clock.advance(500);
  assert.is(made.trouble(), undefined);
  assert.is(changes.length, 2);
});

test('it is tried a few times a second, however often it is asked for', () => {
  const { intake: made, tries } = intake();
  for (let n = 0; n < 1_000; n += 1) made.trouble();
  assert.is(tries(), 1);
});

test.run();
