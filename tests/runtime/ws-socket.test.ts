import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { addressOf } from '../../server/runtime/connections/peer.ts';
import { listenTo, prepare, WsSocket } from '../../server/runtime/ws-socket.ts';
import type { BrokenBy } from '../../server/socket/socket.ts';

const test = suite('sockets by their parts');

test('after a close frame nothing is written any more', () => {
  const wire = new PassThrough();
  const ws = { readyState: WebSocket.OPEN as number };
  const socket = new WsSocket(ws as WebSocket, wire);
  socket.send('one');
  const written = wire.readableLength;
  assert.ok(written > 0);
  ws.readyState = WebSocket.CLOSING;
  socket.send('two');
  socket.write(prepare('three'));
  socket.ping();
  wire.uncork();
  assert.is(wire.readableLength, written);
});

test('a text with a shared middle is framed like any other, and stays in its order', async () => {
  const written = async (send: (socket: WsSocket) => void) => {
    const wire = new PassThrough();
    send(new WsSocket({ readyState: WebSocket.OPEN } as WebSocket, wire));
    queueMicrotask(() => wire.end());
    return buffer(wire);
  };
  for (const length of [0, 40, 60, 200, 16_384, 65_510, 65_536, 200_000]) {
    const [head, middle, tail] = ['{"name":"ü","items":["', 'ä'.repeat(length / 2), '"]}'];
    const parts = await written((socket) => {
      socket.send('before');
      socket.sendShared({ head, middle: Buffer.from(middle), tail });
      socket.send('after');
    });
    const whole = await written((socket) => {
      for (const text of ['before', head + middle + tail, 'after']) socket.send(text);
    });
    assert.ok(parts.length > length + 30 && parts.equals(whole), `${length} bytes`);
  }
});

test('an unanswered connection is distinguished from a reset and from a close', () => {
  const closedBy = (code?: string) => {
    const ws = new EventEmitter();
    const wire = new PassThrough();
    const ends: (BrokenBy | undefined)[] = [];
    const nothing = () => undefined;
    const events = { message: nothing, pong: nothing, closed: (_: number, by?: BrokenBy) => ends.push(by) };
    listenTo(ws as WebSocket, events, wire);
    if (code !== undefined) wire.emit('error', Object.assign(new Error('of the wire'), { code }));
    ws.emit('close', 1006);
    return ends;
  };
  assert.equal(closedBy('ETIMEDOUT'), ['unanswered']);
  assert.equal(closedBy('EHOSTUNREACH'), ['unanswered']);
  assert.equal(closedBy('ECONNRESET'), ['reset']);
  assert.equal(closedBy(), [undefined]);
});

test('an address of IPv4 is written as such on a socket of IPv6 too', () => {
  const written = (remoteAddress?: string) => addressOf({ remoteAddress });
  assert.is(written('::ffff:192.0.2.7'), '192.0.2.7');
  assert.is(written('::FFFF:192.0.2.7'), '192.0.2.7');
  assert.is(written('192.0.2.7'), '192.0.2.7');
  assert.is(written('::ffff:c000:207'), '::ffff:c000:207');
  assert.is(written('2001:db8::7'), '2001:db8::7');
  assert.is(written(undefined), undefined);
});

test.run();
