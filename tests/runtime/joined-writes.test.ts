import { Duplex } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { prepare, WsSocket } from '../../server/runtime/ws-socket.ts';

const test = suite('joined writes');

/** A network socket that counts how often it is called. */
class CountingWire extends Duplex {
  readonly calls: number[] = [];

  override _read(): void {
    // Nothing ever comes.
  }

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    this.calls.push(1);
    done();
  }

  override _writev(chunks: readonly unknown[], done: () => void): void {
    this.calls.push(chunks.length);
    done();
  }
}

test('the first frame of a turn is written at once, and all that follow in one call', async () => {
  const wires = [new CountingWire(), new CountingWire()];
  const sockets = wires.map((wire) => new WsSocket({ readyState: WebSocket.OPEN } as WebSocket, wire));
  const frame = prepare('frame');
  for (let n = 0; n < 100; n++) {
    for (const socket of sockets) {
      socket.write(frame);
      socket.send(`text ${n}`);
    }
  }
  for (const { calls } of wires) assert.equal(calls, [1]);
  assert.ok((sockets[0]?.bufferedAmount ?? 0) > 99 * frame.bytes);
  await Promise.resolve();
  for (const socket of sockets) socket.write(frame);
  await Promise.resolve();
  for (const { calls } of wires) assert.equal(calls, [1, 199, 1]);
  assert.is(sockets[0]?.bufferedAmount, 0);
});

test.run();
