import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { SseSocket } from '../../../server/hub/endpoints/sse-socket.ts';
import type { Prepared } from '../../../server/socket/socket.ts';
import { FakeClock } from '../../support/clock.ts';
import { ManualTimers } from '../../support/manual-timers.ts';

const test = suite('the socket of an event stream');

function open() {
  const timers = new ManualTimers(new FakeClock());
  const seen = { closed: [] as number[], pongs: 0, hungUp: 0 };
  const socket = new SseSocket({ setTimer: timers.setTimer, soon: setImmediate, random: () => 0.5 }, () => {
    seen.hungUp += 1;
  });
  const events = {
    message: () => undefined,
    pong: () => {
      seen.pongs += 1;
    },
    closed: (code: number) => void seen.closed.push(code),
  };
  const reader = socket.body.getReader();
  const read = async () => new TextDecoder().decode((await reader.read()).value);
  return { socket, timers, seen, events, reader, read };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const eventText = (seq: number) => JSON.stringify({ type: 'event', seq, cursor: `c${seq}` });

test('writes of one turn come in one piece, and a large backlog in several', async () => {
  const { socket, read } = open();
  assert.is(await read(), 'retry: 1500\n');
  const first = read();
  socket.send(eventText(1));
  socket.send(eventText(2));
  assert.match(await first, /id: c1\n[\s\S]*id: c2\n/);
  const large = JSON.stringify({ type: 'snapshot', text: 'x'.repeat(40_000) });
  for (let n = 0; n < 4; n++) socket.send(large);
  assert.ok(socket.bufferedAmount > 160_000);
  const sizes = [(await read()).length, (await read()).length];
  assert.ok(
    sizes.every((size) => size > 80_000 && size < 81_000),
    `${sizes}`,
  );
  assert.is(socket.bufferedAmount, 0);
});

test('a text with a shared middle is one event, and its middle is not copied', async () => {
  const { socket, reader, read } = open();
  await read();
  const middle = Buffer.from(JSON.stringify('ü'.repeat(40_000)));
  socket.sendShared({ head: '{"type":"snapshot","items":[', middle, tail: ']}' });
  socket.send(eventText(1));
  assert.is(await read(), 'event: snapshot\ndata: {"type":"snapshot","items":[');
  const { value } = await reader.read();
  assert.ok(value === middle);
  assert.match(await read(), /^\]\}\n\nevent: event\nid: c1\n/);
});

test('only an event that a reader may resume behind has an id', async () => {
  const { socket, read } = open();
  await read();
  const frame = (type: string): Prepared => ({ texts: [JSON.stringify({ type, cursor: 'c1' })], bytes: 9 });
  for (const type of ['synced', 'event', 'health', 'snapshot', 'welcome']) socket.write(frame(type));
  const text = await read();
  const withId = [...text.matchAll(/event: (\w+)\nid: c1\n/g)].map(([, type]) => type);
  assert.equal(withId, ['synced', 'event', 'health']);
});

test('a reader that took everything has answered a ping, one that did not has not', async () => {
  const { socket, read, seen, events } = open();
  socket.listen(events);
  socket.ping();
  await turn();
  assert.is(seen.pongs, 0);
  assert.match(await read(), /^retry: \d+\n:\n\n$/);
  void read();
  await turn();
  await turn();
  assert.is(seen.pongs, 1);
});

test('a close is the last event, and ends the stream when it is taken', async () => {
  const { socket, reader, read, seen, events, timers } = open();
  socket.listen(events);
  await read();
  socket.close(1012, 'restart');
  socket.send(eventText(1));
  socket.close(1001, 'again');
  assert.is(await read(), 'event: close\ndata: {"type":"close","code":1012,"reason":"restart"}\n\n');
  assert.ok((await reader.read()).done);
  assert.equal([seen.closed, seen.hungUp, timers.waiting], [[1012], 0, 0]);
});

test('a reader that does not take the close is hung up on after a while', async () => {
  const { socket, seen, events, timers } = open();
  socket.listen(events);
  await turn();
  let drained = 0;
  socket.send(eventText(1));
  socket.drained(() => {
    drained += 1;
  });
  socket.close(1012, 'restart');
  timers.advance(1_999);
  assert.equal([seen.closed, seen.hungUp], [[], 0]);
  timers.advance(1);
  assert.equal([seen.closed, seen.hungUp, socket.bufferedAmount], [[1012], 1, 0]);
  await turn();
  assert.is(drained, 1, 'whatever waits for it goes on');
  socket.drained(() => {
    drained += 1;
  });
  await turn();
  assert.is(drained, 2);
  socket.terminate();
  assert.equal([seen.closed, seen.hungUp], [[1012], 1], 'it ends once');
});

test('a reader that leaves is reported, also to one that listens later', async () => {
  const { socket, reader, seen, events } = open();
  await reader.cancel();
  socket.listen(events);
  assert.equal(seen.closed, [1006]);
  socket.send(eventText(1));
  assert.is(socket.bufferedAmount, 0);
});

test('readers are spread over the time in which a server restarts', async () => {
  const { socket, read } = open();
  await read();
  socket.send(JSON.stringify({ type: 'drain', reconnect_in_ms: [1_000, 3_000] }));
  assert.match(await read(), /^retry: 2000\nevent: drain\n/);
});

test('a stream that lost its only subscription says why and closes', async () => {
  const { socket, read, seen, events } = open();
  socket.listen(events);
  await read();
  socket.send(JSON.stringify({ type: 'unsubscribed', id: 'stream', reason: 'revoked' }));
  assert.match(
    await read(),
    /^event: unsubscribed\n[\s\S]+event: problem\n[\s\S]+event: close\n.*"code":4403/,
  );
  await read();
  assert.equal(seen.closed, [4403]);
});

test.run();
