/** Numbers that a watch does not see: a loss that it repairs, or items that the server leaves out. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cursorAt, event, health, snapshot, state, synced } from '../support/frames.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { open, script, sendAndCut, takeAll } from './taken.ts';

const test = suite('gaps in a watch');

test('a hole is never passed over: it resumes from before it', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(
    server,
    (peer) => peer.send(snapshot([state('s1')]), synced(0), event(1), event(4), event(5)),
    (peer) => peer.send(event(2), event(3), event(4), event(5), synced(5, 'resumed')),
  );
  await using watched = open(server);
  const errors: string[] = [];
  watched.client.on('error', (error) => errors.push(error.name));
  const items = watched[Symbol.asyncIterator]();
  const seqs = (await takeAll(items, 6)).map((text) => text[0]);
  assert.equal(seqs, ['s', '1', '2', '3', '4', '5']);
  assert.equal(cursors, [undefined, cursorAt(1)]);
  assert.equal(errors, ['GapError']);
});

test('the event after a snapshot must be the next one, or it is a loss', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(
    server,
    (peer) => peer.send(snapshot([state('s1')]), synced(3), event(5)),
    (peer) => peer.send(event(4), event(5), synced(5, 'resumed')),
  );
  await using watched = open(server);
  const seqs = (await takeAll(watched[Symbol.asyncIterator](), 3)).map((text) => text[0]);
  assert.equal(seqs, ['s', '4', '5']);
  assert.equal(cursors, [undefined, cursorAt(3)]);
});

test('a replay that ends before it is where the server says is a loss', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(
    server,
    sendAndCut(snapshot([]), synced(0), event(1)),
    (peer) => peer.send(event(2), synced(3, 'resumed')),
    (peer) => peer.send(event(3), synced(3, 'resumed')),
  );
  await using watched = open(server);
  const seqs = (await takeAll(watched[Symbol.asyncIterator](), 4)).map((text) => text[0]);
  assert.equal(seqs, ['s', '1', '2', '3']);
  assert.equal(cursors, [undefined, cursorAt(1), cursorAt(2)]);
});

test('a kept cursor without later items is a place too: what follows must be next', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(
    server,
    (peer) => peer.send(synced(7, 'resumed'), event(9)),
    (peer) => peer.send(event(8), event(9), synced(9, 'resumed')),
  );
  await using watched = open(server, { cursor: 'kept' });
  const seqs = (await takeAll(watched[Symbol.asyncIterator](), 2)).map((text) => text[0]);
  assert.equal(seqs, ['8', '9']);
  assert.equal(cursors, ['kept', 'kept']);
});

test('a server that does not say where it is is followed all the same', async () => {
  await using server = await ScriptedServer.open();
  const { seq: _, ...old } = synced(3);
  script(server, (peer) => peer.send(snapshot([]), old, event(5), event(6)));
  await using watched = open(server);
  const seqs = (await takeAll(watched[Symbol.asyncIterator](), 3)).map((text) => text[0]);
  assert.equal(seqs, ['s', '5', '6']);
});

test('a hole between a snapshot and the next item begins again from the snapshot', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(
    server,
    (peer) => peer.send(snapshot([state('s1')]), event(4), event(6), synced(6)),
    (peer) => peer.send(snapshot([state('s1')]), event(4), event(5), event(6), synced(6)),
  );
  await using watched = open(server);
  assert.equal(
    (await takeAll(watched[Symbol.asyncIterator](), 4)).map((text) => text[0]),
    ['s', '4', '5', '6'],
  );
  assert.equal(cursors, [undefined, undefined]);
});

test('a hole that the server repeats when asked again is announced as a reset', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(
    server,
    (peer) => peer.send(snapshot([state('s1')]), synced(0), event(1), event(4)),
    (peer) => peer.send(event(4), synced(4, 'resumed')),
    (peer) => peer.send(snapshot([state('s2')]), synced(4), event(5)),
  );
  await using watched = open(server);
  const items = watched[Symbol.asyncIterator]();
  const sent = ['snapshot: s1', '1 s1 UNKNOWN', 'reset gap: s2', '5 s1 UNKNOWN'];
  assert.equal(await takeAll(items, 4), sent);
  assert.equal(cursors, [undefined, cursorAt(1), undefined]);
});

test('with a filter holes are expected, and the cursor moves on with health', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(
    server,
    sendAndCut(snapshot([state('s1')]), synced(0), event(3), health('ok', 8)),
    (peer) => peer.send(event(12), synced(12, 'resumed')),
  );
  await using watched = open(server, { servers: ['s1'] });
  const items = watched[Symbol.asyncIterator]();
  assert.equal(await takeAll(items, 3), ['snapshot: s1', '3 s1 UNKNOWN', '12 s1 UNKNOWN']);
  assert.equal(cursors, [undefined, cursorAt(8)]);
});

test("hidden changes never make an owner's client reconnect", async () => {
  await using server = await ScriptedServer.open();
  const sparse = { sparse: true } as const;
  const cursors = script(
    server,
    sendAndCut(snapshot([state('s1')]), { ...synced(0), ...sparse }, event(3), event(7)),
    // In a replay the holes come before the word that they are none.
    (peer) => peer.send(event(11), event(13), { ...synced(15, 'resumed'), ...sparse }, event(19)),
  );
  await using watched = open(server);
  const seqs = (await takeAll(watched[Symbol.asyncIterator](), 6)).map((text) => text.split(' ')[0]);
  assert.equal(seqs, ['snapshot:', '3', '7', '11', '13', '19']);
  assert.equal(cursors, [undefined, cursorAt(7)]);
});

test('a hole in a replay is a loss, once the server says that it leaves nothing out', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(
    server,
    sendAndCut(snapshot([]), synced(0), event(1)),
    (peer) => peer.send(event(2), event(4), event(5), synced(5, 'resumed')),
    (peer) => peer.send(event(3), event(4), event(5), synced(5, 'resumed')),
  );
  await using watched = open(server);
  const seqs = (await takeAll(watched[Symbol.asyncIterator](), 6)).map((text) => text.split(' ')[0]);
  assert.equal(seqs, ['snapshot:', '1', '2', '3', '4', '5']);
  assert.equal(cursors, [undefined, cursorAt(1), cursorAt(2)]);
});

test('health does not move the cursor of a dense stream over something lost', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(
    server,
    sendAndCut(snapshot([state('s1')]), synced(0), event(1), health('ok', 2)),
    (peer) => peer.send(event(2), synced(2, 'resumed')),
  );
  await using watched = open(server);
  await takeAll(watched[Symbol.asyncIterator](), 3);
  assert.equal(cursors, [undefined, cursorAt(1)]);
});

test.run();
