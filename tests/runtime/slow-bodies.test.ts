import type { IncomingMessage, ServerResponse } from 'node:http';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SlowBodies } from '../../server/runtime/connections/slow-bodies.ts';

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
  return { bodies, socket };
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

test.run();
