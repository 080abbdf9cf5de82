/** A watch from its first item to its end. Holes are in watch-gaps.test.ts. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { watch } from '../../../client-sdk/src/index.ts';
import { signal, within } from '../../support/within.ts';
import { change, cursorAt, event, snapshot, state, synced } from '../support/frames.ts';
import { ScriptedServer } from '../support/scripted-server.ts';
import { brief, open, script, sendAndCut, take, takeAll } from './taken.ts';

const test = suite('watch');

test('first the present state, then every change in order, those of a commit together', async () => {
  await using server = await ScriptedServer.open();
  script(server, (peer) => {
    peer.send(snapshot([state('s1'), state('s2')]), synced(3));
    peer.send(event(4, [change('s1', 'UNKNOWN'), change('s2', 'UNKNOWN')]), event(5, [change('s1', 'DOWN')]));
  });
  await using watched = open(server);
  const items = watched[Symbol.asyncIterator]();
  assert.equal(await takeAll(items, 4), ['snapshot: s1 s2', '4 s1 UNKNOWN', '4 s2 UNKNOWN', '5 s1 DOWN']);
});

test('a snapshot in parts is one item, and changes made meanwhile follow it', async () => {
  await using server = await ScriptedServer.open();
  script(server, (peer) => {
    peer.send(
      snapshot([state('s1')], 1, false),
      snapshot([state('s2')], 2, true),
      event(8),
      synced(8),
      event(9),
    );
  });
  await using watched = open(server);
  const items = watched[Symbol.asyncIterator]();
  assert.equal(await takeAll(items, 3), ['snapshot: s1 s2', '8 s1 UNKNOWN', '9 s1 UNKNOWN']);
});

test('half a snapshot is not a state: broken in the middle, it begins again', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(
    server,
    (peer) => {
      peer.send(snapshot([state('s1')], 1, false));
      peer.cut();
    },
    (peer) => peer.send(snapshot([state('s1')], 1, false), snapshot([state('s3')], 3, true), synced(1)),
    (peer) => peer.send(snapshot([state('s3')], 2, true), synced(1)),
    (peer) => peer.send(snapshot([state('s1')], 1, false), synced(1)),
    (peer) => peer.send(snapshot([state('s7')]), synced(1)),
  );
  await using watched = open(server);
  const items = watched[Symbol.asyncIterator]();
  assert.equal(await takeAll(items, 1), ['snapshot: s7']);
  assert.equal(cursors, [undefined, undefined, undefined, undefined, undefined]);
});

test('the first part begins a snapshot, even in the middle of another', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(server, (peer) => {
    peer.send(snapshot([state('s1')], 1, false), snapshot([state('s2')], 2, true), event(3));
    peer.send(snapshot([state('s4')], 1, false), snapshot([state('s5')], 2, true), synced(4), event(5));
  });
  await using watched = open(server);
  assert.equal(await takeAll(watched[Symbol.asyncIterator](), 2), ['snapshot: s4 s5', '5 s1 UNKNOWN']);
  assert.is(cursors.length, 1);
});

test('over a reconnect what was seen already is recognised, and what was missed comes', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(server, sendAndCut(snapshot([]), synced(0), event(1), event(2)), (peer) =>
    peer.send(event(1), event(2), event(3), synced(3, 'resumed'), event(3), event(4)),
  );
  await using watched = open(server);
  const items = watched[Symbol.asyncIterator]();
  const seqs = (await takeAll(items, 5)).slice(1);
  assert.equal(seqs, ['1 s1 UNKNOWN', '2 s1 UNKNOWN', '3 s1 UNKNOWN', '4 s1 UNKNOWN']);
  assert.is(cursors.length, 2);
});

test('if what we are shown changes, that is a reset in the middle of the connection', async () => {
  await using server = await ScriptedServer.open();
  const cursors = script(server, (peer) => {
    peer.send(snapshot([state('s1')]), synced(0), event(1));
    peer.send(snapshot([state('s2')]), event(3), { ...synced(2, 'reset'), sparse: true }, event(6));
  });
  await using watched = open(server);
  const items = watched[Symbol.asyncIterator]();
  const sent = ['snapshot: s1', '1 s1 UNKNOWN', 'reset access: s2', '3 s1 UNKNOWN', '6 s1 UNKNOWN'];
  assert.equal(await takeAll(items, 5), sent);
  assert.is(cursors.length, 1);
});

test('rows that can no longer be replayed are announced as a reset with its reason', async () => {
  await using server = await ScriptedServer.open();
  script(
    server,
    sendAndCut(snapshot([state('s1')]), synced(500), event(501)),
    // The numbers begin again: another log.
    (peer) => peer.send(snapshot([state('s2')]), synced(3, 'reset', 'epoch'), event(4)),
  );
  await using watched = open(server);
  const items = watched[Symbol.asyncIterator]();
  assert.equal(await takeAll(items, 4), [
    'snapshot: s1',
    '501 s1 UNKNOWN',
    'reset epoch: s2',
    '4 s1 UNKNOWN',
  ]);
});

test('a cursor counts when the next item is requested, of a commit only with its last', async () => {
  await using server = await ScriptedServer.open();
  script(server, (peer) => {
    peer.send(
      snapshot([]),
      synced(3),
      event(4, [change('s1', 'UNKNOWN'), change('s2', 'UNKNOWN')]),
      event(5),
    );
  });
  await using watched = open(server);
  const items = watched[Symbol.asyncIterator]();
  const cursors: (string | undefined)[] = [];
  for (let n = 0; n < 4; n += 1) {
    await take(items);
    cursors.push(watched.client.cursor);
  }
  assert.equal(cursors, [undefined, cursorAt(3), cursorAt(3), cursorAt(4)]);
});

test('a program that died resumes where it was: its last item again, nothing earlier', async () => {
  await using server = await ScriptedServer.open();
  let kept: string | undefined;
  const onCursor = (cursor: string) => {
    kept = cursor;
  };
  script(
    server,
    (peer) => peer.send(snapshot([]), synced(0), event(1), event(2)),
    (peer, cursor) => {
      assert.is(cursor, cursorAt(1));
      peer.send(event(2), event(3), synced(3, 'resumed'));
    },
  );
  for await (const item of open(server, { onCursor })) {
    if (item.type === 'change' && item.seq === 2) break;
  }
  await using again = open(server, { cursor: kept });
  assert.equal(await takeAll(again[Symbol.asyncIterator](), 2), ['2 s1 UNKNOWN', '3 s1 UNKNOWN']);
});

test('a slow consumer costs bounded memory and loses nothing', async () => {
  await using server = await ScriptedServer.open();
  const LOG = 200;
  const cursors: string[] = [];
  const closes: number[] = [];
  server.onPeer = async (peer) => {
    void peer.closed.then((code) => closes.push(code));
    const { cursor } = await peer.greet();
    if (cursor === undefined) peer.send(snapshot([]), synced(0));
    else cursors.push(cursor);
    const after = cursor === undefined ? 0 : Number(cursor.slice('cursor-'.length));
    for (let seq = after + 1; seq <= LOG; seq += 1) peer.send(event(seq));
    if (cursor !== undefined) peer.send(synced(LOG, 'resumed'));
  };
  await using watched = open(server, { maxBuffered: 20 });
  const items = watched[Symbol.asyncIterator]();
  const paused = new Promise<void>((resolve) => {
    watched.client.on('state', (s) => s === 'paused' && resolve());
  });
  await take(items);
  await within('paused', paused);
  const seqs: number[] = [];
  while (seqs.length < LOG) {
    const item = await take(items);
    if (item.type === 'change') seqs.push(item.seq);
    // A consumer that does something with each.
    await new Promise(setImmediate);
  }
  assert.equal(
    seqs,
    Array.from({ length: LOG }, (_, n) => n + 1),
  );
  assert.ok(cursors.length >= 2, 'it came back more than once');
  assert.ok(closes.length >= 1 && closes.every((code) => code === 4101), `${closes}`);
});

test('a final refusal ends the loop with its error, after the items received', async () => {
  await using server = await ScriptedServer.open();
  const closed = signal();
  script(server, (peer) => {
    peer.send(snapshot([state('s1')]), synced(0), event(1));
    peer.close(4403, 'revoked');
    void peer.closed.then(() => closed.resolve());
  });
  const seen: string[] = [];
  const loop = async () => {
    for await (const item of open(server)) {
      // The refusal has arrived before the first of them is looked at.
      await within('the close', closed.promise);
      seen.push(brief(item));
    }
  };
  await within('the end', loop()).then(
    () => assert.unreachable(),
    (error) => assert.is(error.name, 'ForbiddenError'),
  );
  assert.equal(seen, ['snapshot: s1', '1 s1 UNKNOWN']);
});

test('closing ends a loop that waits', async () => {
  await using server = await ScriptedServer.open();
  script(server, (peer) => peer.send(snapshot([]), synced(0)));
  const watched = open(server);
  const items = watched[Symbol.asyncIterator]();
  await take(items);
  const end = items.next();
  await watched.close();
  assert.equal(await within('the end', end), { value: undefined, done: true });
});

test('leaving the loop closes the connection', async () => {
  await using server = await ScriptedServer.open();
  let closed: Promise<number> | undefined;
  script(server, (peer) => {
    closed = peer.closed;
    peer.send(snapshot([]), synced(0));
  });
  for await (const _ of open(server)) break;
  assert.is(await within('the close', closed!), 1000);
});

test('operators get services', async () => {
  await using server = await ScriptedServer.open();
  const service = { service_id: 'v1', host: 'c1', binary: 'nova-compute', zone: 'z', servers: 2 };
  const facts = { forced_down: false, disabled: false, live: true };
  const at = '2026-01-01T00:00:00.000Z';
  script(server, (peer) => {
    const gone = { kind: 'service_removed', from: 'UP', to: null, cause: 'service_removed', at };
    peer.send({ ...snapshot([]), items: [{ ...service, host_status: 'UP', since: at, facts }] }, synced(0));
    peer.send({ ...event(1, [{ ...service, ...gone }]), stream: 'hosts' });
  });
  await using watched = watch({ url: server.url, token: 't', stream: 'hosts' });
  const items = watched[Symbol.asyncIterator]();
  const first = await within('the snapshot', items.next());
  assert.is(first.value?.type === 'snapshot' && first.value.services[0]?.host, 'c1');
  const second = await within('the change', items.next());
  assert.is(second.value?.type === 'change' && second.value.change.binary, 'nova-compute');
});

test('options that cannot work are refused at once', async () => {
  assert.throws(() => watch({ url: 'nowhere', token: 't' }), /"url"/);
  assert.throws(() => watch({ url: 'http://h', token: 't', maxBuffered: 0 }), /"maxBuffered"/);
  await using server = await ScriptedServer.open();
  script(server, (peer) => peer.send(snapshot([]), synced(0)));
  await using watched = open(server);
  await take(watched[Symbol.asyncIterator]());
  await watched[Symbol.asyncIterator]()
    .next()
    .then(
      () => assert.unreachable(),
      (error) => assert.is(error.name, 'UsageError'),
    );
});

test.run();
