/** When a reader counts as slow, and when it does not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { Outbox } from '../../../server/hub/delivery/outbox.ts';
import { SseSocket } from '../../../server/hub/endpoints/sse-socket.ts';
import type { Prepared } from '../../../server/socket/socket.ts';
import { FakeClock } from '../../support/clock.ts';
import { ManualTimers } from '../../support/manual-timers.ts';

const test = suite('slow readers');

function world() {
  const timers = new ManualTimers(new FakeClock());
  const later: (() => void)[] = [];
  const drains: (() => void)[] = [];
  const closed: number[] = [];
  const pinged: (Prepared | undefined)[] = [];
  const socket = {
    bufferedAmount: 0,
    send: () => undefined,
    sendShared: () => undefined,
    write: () => undefined,
    ping: (and?: Prepared) => void pinged.push(and),
    drained: (then: () => void) => void drains.push(then),
    close: (code: number) => void closed.push(code),
    terminate: () => undefined,
  };
  const outbox = new Outbox(socket, {
    maxBacklog: 1_000,
    soon: (then) => void later.push(then),
    setTimer: timers.setTimer,
    onClosing: () => undefined,
  });
  const run = (queue: (() => void)[]) => {
    for (const then of queue.splice(0)) then();
  };
  return { timers, socket, outbox, closed, pinged, nextTurn: () => run(later), drain: () => run(drains) };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('a reader that makes no place for a minute while it catches up is closed', async () => {
  const { timers, socket, outbox, closed } = world();
  socket.bufferedAmount = 900_000;
  void outbox.space();
  timers.advance(59_999);
  assert.equal(closed, []);
  timers.advance(1);
  assert.equal(closed, [CLOSE.slowConsumer.code]);
});

test('a reader that caught up is not closed as slow a minute later', async () => {
  const { timers, socket, outbox, closed, drain } = world();
  socket.bufferedAmount = 900_000;
  const waiting = outbox.space();
  timers.advance(30_000);
  socket.bufferedAmount = 0;
  drain();
  assert.ok(await waiting);
  timers.advance(120_000);
  assert.equal(closed, []);
  assert.is(timers.waiting, 0);
});

test('a backlog drained within the turn closes no client, one that stays does', async () => {
  const { socket, outbox, closed, nextTurn } = world();
  const frame = { texts: ['{}'], bytes: 2 };
  socket.bufferedAmount = 2_000;
  assert.not(outbox.write(frame));
  socket.bufferedAmount = 0;
  nextTurn();
  assert.equal(closed, []);
  socket.bufferedAmount = 2_000;
  assert.not(outbox.write(frame));
  nextTurn();
  assert.equal(closed, [CLOSE.slowConsumer.code]);
});

test('answers that a client does not read close its connection in the next turn', () => {
  const { socket, outbox, closed, nextTurn } = world();
  outbox.send({ type: 'pong' });
  nextTurn();
  assert.equal(closed, []);
  socket.bufferedAmount = 2_000;
  outbox.send({ type: 'pong' });
  assert.equal(closed, []);
  nextTurn();
  assert.equal(closed, [CLOSE.slowConsumer.code]);
});

test('a beat adds no frame to a full backlog, which closes the connection if it stays', () => {
  const { socket, outbox, closed, pinged, nextTurn } = world();
  const frame = { texts: ['{}'], bytes: 2 };
  outbox.ping(frame);
  nextTurn();
  assert.equal([pinged, closed], [[frame], []]);
  socket.bufferedAmount = 2_000;
  outbox.ping(frame);
  nextTurn();
  assert.equal([pinged, closed], [[frame, undefined], [CLOSE.slowConsumer.code]]);
  outbox.ping(frame);
  assert.is(pinged.length, 2);
});

test('an event stream that ends wakes whatever waits for it to drain', async () => {
  let woken = 0;
  const socket = new SseSocket({
    random: () => 0.5,
    soon: (then: () => void) => void setImmediate(then),
    setTimer: new ManualTimers(new FakeClock()).setTimer,
  });
  socket.send('{"type":"pong"}');
  socket.drained(() => woken++);
  await turn();
  assert.is(woken, 0);
  socket.terminate();
  await turn();
  assert.is(woken, 1);
});

test.run();
