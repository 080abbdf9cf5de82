/** What the edge counts of each connection, and that every count ends with what it counted. */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { EdgeConnection } from '../../../server/runtime/connections/connection.ts';
import { Guard } from '../../../server/runtime/connections/guard.ts';
import { within } from '../../support/within.ts';

const test = suite('counts of the edge');

const PROXY = '192.0.2.1';

/** As much of a network socket as the edge asks for. The system says later that it is closed. */
class FakeSocket extends EventEmitter {
  destroyed = false;
  writableLength = 0;
  bytesWritten = 0;
  _handle = { writeQueueSize: 0 };

  destroy(): void {
    this.destroyed = true;
  }

  close(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

class Outgoing extends EventEmitter {
  readonly said: number[] = [];
  writeHead(status: number): this {
    this.said.push(status);
    return this;
  }
  setHeader(): this {
    return this;
  }
  end(): this {
    return this;
  }
}

function open({ total = 100, perAddress = 100 } = {}) {
  const guard = new Guard({
    limits: {
      connections: { total, perAddress },
      unsent: { perConnection: 1e9, perAddress: 1e9, total: 1e9 },
    },
    events: {},
    seeThrough: (peer, forwarded) => (peer === PROXY ? (forwarded ?? '') : undefined),
    stall: 600,
  });
  const accept = (peer = '198.51.100.7') => {
    const socket = new FakeSocket();
    const connection = guard.connections.accept(socket as unknown as Socket, peer) as EdgeConnection;
    return { socket, connection };
  };
  return { guard, accept };
}

/** A request on this connection. */
function ask(guard: Guard, socket: FakeSocket, client = '203.0.113.9') {
  const outgoing = new Outgoing();
  const served = new Promise<void>((resolve) => {
    const listener = guard.inTurn(() => resolve());
    const incoming = { socket, headers: { 'x-forwarded-for': client }, method: 'GET', url: '/' };
    listener(incoming as unknown as IncomingMessage, outgoing as unknown as ServerResponse);
  });
  return { outgoing, served };
}

test('a client behind a proxy has its place back when its answer has left', async () => {
  const { guard, accept } = open({ perAddress: 1 });
  const [one, two] = [accept(PROXY), accept(PROXY)];
  const first = ask(guard, one.socket);
  await within('the first request', first.served);
  assert.equal(ask(guard, two.socket).outgoing.said, [429], 'it has one place');
  first.outgoing.emit('close');
  const three = accept(PROXY);
  await within('a request after the first', ask(guard, three.socket).served);
});

test('a request of a connection that was refused ends that connection', () => {
  const { guard } = open();
  const socket = new FakeSocket();
  ask(guard, socket);
  assert.ok(socket.destroyed);
});

test('unsent bytes of a connection are gone with it', () => {
  const { guard, accept } = open();
  const { socket, connection } = accept();
  guard.unsent.set(connection, 5_000);
  assert.is(guard.unsent.total, 5_000);
  socket.close();
  assert.equal([guard.unsent.total, guard.unsent.addresses], [0, 0]);
});

test('a connection that is closed for another one counts no more', () => {
  const { guard, accept } = open({ total: 2 });
  accept();
  accept();
  accept();
  assert.is(guard.connections.size, 2);
});

test('of two connections the one that was just used stays', () => {
  const { guard, accept } = open({ total: 2 });
  const [older, newer] = [accept(), accept()];
  older.connection.inTurn(() => undefined);
  older.connection.answered();
  accept();
  assert.equal([older.socket.destroyed, newer.socket.destroyed, guard.connections.size], [false, true, 2]);
});

test('a connection that has closed is not what goes for a new one', () => {
  const { guard, accept } = open({ total: 2 });
  accept().socket.close();
  const [idle] = [accept(), accept()];
  accept();
  assert.equal([idle.socket.destroyed, guard.connections.size], [true, 2]);
});

test('an error of a connection that was refused is of no concern to others', () => {
  const { guard, accept } = open({ perAddress: 1 });
  accept();
  const refused = new FakeSocket();
  assert.is(guard.connections.accept(refused as unknown as Socket, '198.51.100.7'), undefined);
  // Without a listener this throws.
  refused.emit('error', new Error('reset by the peer'));
});

test('a reader that takes part of a large write is not one that takes nothing', () => {
  const { connection, socket } = open().accept();
  socket.writableLength = 1_000_000;
  socket.bytesWritten = 1_000_000;
  socket._handle.writeQueueSize = 1_000_000;
  connection.look(1_000);
  socket._handle.writeQueueSize = 900_000;
  assert.is(connection.look(2_000), 2_000);
  assert.is(connection.look(3_000), 2_000);
});

test.run();
