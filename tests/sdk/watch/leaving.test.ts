/** Leaving an iterator, in every state: it settles at once, and closes. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Watch, type WatchItem, watch } from '../../../client-sdk/src/index.ts';
import { Rest } from '../../../client-sdk/src/rest.ts';
import { within } from '../../support/within.ts';
import { event, snapshot, state, synced } from '../support/frames.ts';
import { type Peer, ScriptedServer } from '../support/scripted-server.ts';

const test = suite('leaving an iterator');
const END = { done: true, value: undefined };

async function open(server: ScriptedServer): Promise<[Watch, Peer]> {
  const watched = watch({ url: server.url, token: 't', random: () => 0 });
  const peer = await within('a connection', server.peer());
  await peer.greet();
  return [watched, peer];
}

test('return() while next() waits settles both, and closes the connection', async () => {
  await using server = await ScriptedServer.open();
  const [watched, peer] = await open(server);
  const items = watched[Symbol.asyncIterator]();
  const waiting = [items.next(), items.next()];
  assert.equal(await within('return()', items.return(undefined)), END);
  assert.equal(await within('both calls of next()', Promise.all(waiting)), [END, END]);
  assert.is(await within('the close', peer.closed), 1000);
  assert.equal(await items.next(), END);
});

test('throw() while next() waits rejects with what it was given, and closes', async () => {
  await using server = await ScriptedServer.open();
  const [watched, peer] = await open(server);
  const items = watched[Symbol.asyncIterator]();
  const waiting = items.next();
  const mine = new Error('mine');
  assert.is(
    await within(
      'throw()',
      items.throw(mine).catch((error) => error),
    ),
    mine,
  );
  assert.equal(await within('next()', waiting), END);
  assert.is(await within('the close', peer.closed), 1000);
});

test('return() and throw() before the first next() close too', async () => {
  await using server = await ScriptedServer.open();
  for (const leave of ['return', 'throw'] as const) {
    const [watched, peer] = await open(server);
    const items = watched[Symbol.asyncIterator]();
    await within(
      leave,
      items[leave](undefined).catch(() => undefined),
    );
    assert.is(await within('the close', peer.closed), 1000);
    assert.equal(await items.next(), END);
  }
});

test('an item that was not asked past when the loop was left counts as not taken', async () => {
  await using server = await ScriptedServer.open();
  const [watched, peer] = await open(server);
  peer.send(snapshot([state('s1')]), synced(0), event(1), event(2));
  const items = watched[Symbol.asyncIterator]();
  for (let n = 0; n < 2; n += 1) await within('an item', items.next());
  await items.return(undefined);
  await watched.close();
  assert.is(watched.client.cursor, 'cursor-0');
});

test('a stream made of it is destroyed at once, also in the middle of a pipeline', async () => {
  await using server = await ScriptedServer.open();
  const [first, one] = await open(server);
  const stream = Readable.from(first);
  const closed = new Promise((resolve) => stream.once('close', resolve));
  stream.on('error', () => undefined).resume();
  stream.destroy(new Error('enough'));
  await within('the end of the stream', closed);
  assert.is(await within('the close', one.closed), 1000);
  const [second, two] = await open(server);
  const stop = new AbortController();
  const sink = async (source: AsyncIterable<WatchItem>) => {
    for await (const _ of source) stop.abort();
  };
  const piped = pipeline(Readable.from(second), sink, { signal: stop.signal });
  two.send(snapshot([state('s1')]), synced(0));
  await within(
    'the end of the pipeline',
    piped.catch(() => undefined),
  );
  assert.is(await within('the close', two.closed), 1000);
});

test('after a race that next() lost, the iterator can be left', async () => {
  await using server = await ScriptedServer.open();
  const [watched, peer] = await open(server);
  const items = watched[Symbol.asyncIterator]();
  const lost = items.next();
  await Promise.race([lost, Promise.resolve()]);
  await within('return()', items.return(undefined));
  assert.equal(await within('next()', lost), END);
  await within('the close', peer.closed);
});

test('leaving a list of servers while a page is awaited aborts the request', async () => {
  await using server = await ScriptedServer.open();
  let calledOff = () => {};
  const off = new Promise<void>((resolve) => {
    calledOff = resolve;
  });
  let asked = () => {};
  const request = new Promise<void>((resolve) => {
    asked = resolve;
  });
  server.onRequest = (_, response) => {
    response.on('close', calledOff);
    asked();
  };
  const servers = new Rest({ url: server.url, token: 't' }).servers();
  const waiting = servers.next();
  await within('the request', request);
  await within('return()', servers.return(undefined));
  assert.equal(await within('next()', waiting), END);
  await within('the end of the request', off);
});

test.run();
