import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EdgeConnection } from '../../server/runtime/connections/connection.ts';
import { endSlowBodies, SlowBodies } from '../../server/runtime/connections/slow-bodies.ts';
import { until } from '../support/within.ts';

const test = suite('slow bodies');

const WINDOW = 1_000;

/** A request whose body is under way, and that was looked at once: the next look judges it. */
function request({ unread = 0, waits = false, answered = false } = {}) {
  const socket = {
    bytesRead: 10_000,
    destroyed: false,
    destroy() {
      this.destroyed = true;
    },
  };
  const bodies = new SlowBodies(WINDOW);
  const incoming = { complete: false, readableLength: unread, socket };
  const outgoing = { socket: waits ? null : socket, writableEnded: answered };
  bodies.watch(incoming as unknown as IncomingMessage, outgoing as unknown as ServerResponse);
  bodies.look(WINDOW);
  assert.not.ok(socket.destroyed, 'a first look judges nobody');
  return { bodies, socket, incoming };
}

test('a body that trickles is ended', () => {
  const { bodies, socket } = request();
  socket.bytesRead += 499;
  bodies.look(WINDOW);
  assert.ok(socket.destroyed);
});

test('a body that comes fast enough is not ended', () => {
  const { bodies, socket } = request();
  socket.bytesRead += 500;
  bodies.look(WINDOW);
  assert.not.ok(socket.destroyed);
});

test('a stall of this process ends no body, and the next look judges again', () => {
  const { bodies, socket } = request();
  bodies.look(2 * WINDOW);
  assert.not.ok(socket.destroyed);
  bodies.look(WINDOW);
  assert.ok(socket.destroyed);
});

test('a body that waits behind another request is not slow', () => {
  const { bodies, socket } = request({ waits: true });
  bodies.look(WINDOW);
  assert.not.ok(socket.destroyed);
});

test('a body that waits here unread is not slow', () => {
  const { bodies, socket } = request({ unread: 1 });
  bodies.look(WINDOW);
  assert.not.ok(socket.destroyed);
});

test('a body that still comes in after it was answered ends', () => {
  const { bodies, socket } = request({ answered: true });
  socket.bytesRead += 5_000;
  bodies.look(WINDOW);
  assert.ok(socket.destroyed);
});

test('a body that is complete is left alone, and is not looked at again', () => {
  const { bodies, socket, incoming } = request();
  incoming.complete = true;
  bodies.look(WINDOW);
  assert.not.ok(socket.destroyed);
  // The connection goes on with other requests, at whatever rate.
  incoming.complete = false;
  bodies.look(WINDOW);
  bodies.look(WINDOW);
  assert.not.ok(socket.destroyed);
});

test('a body that came whole is not watched at all', () => {
  const { bodies, socket, incoming } = request();
  socket.bytesRead += 500;
  const whole = { complete: true, readableLength: 0, socket };
  bodies.watch(whole as unknown as IncomingMessage, { socket } as unknown as ServerResponse);
  incoming.complete = true;
  whole.complete = false;
  bodies.look(WINDOW);
  bodies.look(WINDOW);
  assert.not.ok(socket.destroyed);
});

for (const [kind, headers, isRemembered] of [
  ['with a length', { 'content-length': '5' }, true],
  ['in chunks', { 'transfer-encoding': 'chunked' }, true],
  ['without a body', {}, false],
] as const) {
  test(`a request ${kind} is ${isRemembered ? '' : 'not '}one whose body may be slow`, () => {
    const socket = {} as Socket;
    const connection = new EdgeConnection(socket, '192.0.2.1', 0);
    const watch = endSlowBodies([connection], 60_000);
    watch.arrived({ headers, socket } as unknown as IncomingMessage, {} as ServerResponse);
    watch.stop();
    assert.is(connection.body !== undefined, isRemembered);
  });
}

test('a watch that was stopped looks at nothing, and a body is looked at once', async () => {
  let looks = 0;
  const connection = new EdgeConnection({} as Socket, '192.0.2.1', 0);
  const connections = {
    *[Symbol.iterator]() {
      looks += 1;
      yield connection;
    },
  };
  connection.body = {
    incoming: { complete: true } as IncomingMessage,
    outgoing: {} as ServerResponse,
  };
  const watch = endSlowBodies(connections, 1);
  await until('a look', () => looks > 0);
  assert.is(connection.body, undefined);
  watch.stop();
  // One look may be on its way.
  await new Promise((turn) => setImmediate(turn));
  const before = looks;
  await new Promise((later) => setTimeout(later, 20));
  assert.is(looks, before);
});

test.run();
