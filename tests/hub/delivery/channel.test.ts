/** What goes first, what is kept, and what ends with the last follower of a stream. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Channel, Channels } from '../../../server/hub/delivery/channel.ts';
import { type Deliverable, FanOut } from '../../../server/hub/delivery/fan-out.ts';
import type { LogRow } from '../../../server/ports/log.ts';
import { Cursors } from '../../../server/stream/cursor.ts';
import type { StreamView } from '../../../server/stream/view.ts';

const test = suite('channels');

const STREAM = 'project:p1';
const cursors = new Cursors({ epoch: 'e', signingKey: new Uint8Array(32) });
const channel = () => new Channel(STREAM, cursors, (...texts) => ({ texts, bytes: 0 }));
const row = (seq: number, to: string): LogRow => ({
  stream: STREAM,
  seq,
  at: 0,
  entry: 0,
  unknownSeq: null,
  items: JSON.stringify([{ kind: 'transition', to }]),
});

test('a DOWN is urgent behind a row that waits, and so is one with a row behind it', () => {
  const one = channel();
  one.committed(row(1, 'UP'));
  assert.not(one.isUrgent);
  one.committed(row(2, 'DOWN'));
  assert.ok(one.isUrgent);
});

test('a drill is not urgent, but a DOWN that was committed with one is', () => {
  const one = channel();
  const drill = { kind: 'drill', to: 'DOWN' };
  one.committed({ ...row(1, 'UP'), items: JSON.stringify([drill]) });
  assert.not(one.isUrgent);
  one.committed({ ...row(2, 'UP'), items: JSON.stringify([drill, { kind: 'transition', to: 'DOWN' }]) });
  assert.ok(one.isUrgent);
});

test('a row that is committed during a round goes to every follower after it', () => {
  const one = channel();
  const seen: number[][] = [[], []];
  for (const mine of seen) one.add({ deliver: ({ seq }) => mine.push(seq) });
  one.committed(row(1, 'UP'));
  assert.is(one.deliver(1), 0, 'the turn is over after the first follower');
  assert.equal(seen, [[1], []]);
  one.committed(row(2, 'UP'));
  one.deliver(100);
  assert.equal(
    seen.map((mine) => mine.at(-1)),
    [2, 2],
  );
});

test('one place and view has one cursor for all, and none where some is hidden', () => {
  const one = channel();
  const all: StreamView = { visibility: 'all' };
  const some: StreamView = { visibility: 'unknown-only' };
  const place = { seq: 1, entry: 4 };
  const first = one.cursorAt(place, all);
  assert.is(one.cursorAt({ ...place }, all), first);
  assert.is.not(one.cursorAt({ ...place, seq: 2 }, all), first);
  // After a restore the same number is another row.
  assert.is.not(one.cursorAt({ seq: 2, entry: 5 }, all), one.cursorAt({ seq: 2, entry: 6 }, all));
  assert.is.not(one.cursorAt(place, some), one.cursorAt(place, some));
});

test('a frame for one who sees all is not given to one who does not', () => {
  const frames = channel().frames(row(1, 'DOWN'));
  const shown = (view: StreamView) => JSON.stringify(frames.for('s', view) ?? 'nothing');
  assert.match(shown({ visibility: 'all' }), 'DOWN');
  assert.not.match(shown({ visibility: 'unknown-only' }), 'DOWN');
});

test('frames of two filters under one id show each client its own servers', () => {
  const items = ['a', 'b'].map((server_id) => ({ kind: 'transition', to: 'DOWN', server_id }));
  const frames = channel().frames({ ...row(1, 'DOWN'), items: JSON.stringify(items) });
  const shown = (...servers: string[]) =>
    JSON.stringify(frames.for('main', { visibility: 'all', servers: new Set(servers) })?.texts ?? []);
  for (const [own, other] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    assert.match(shown(own), `\\"server_id\\":\\"${own}\\"`);
    assert.not.match(shown(own), `\\"server_id\\":\\"${other}\\"`);
  }
  assert.is(shown('c'), '[]');
});

test('a place is sealed again when the key was replaced', () => {
  const keys = { generation: 1 };
  let sealed = 0;
  const counting = {
    get generation() {
      return keys.generation;
    },
    seal: () => `c${++sealed}`,
  };
  const one = new Channel(STREAM, counting as never, (...texts) => ({ texts, bytes: 0 }));
  const cursor = () => one.cursorAt({ seq: 1, entry: 0 }, { visibility: 'all' });
  assert.equal([cursor(), cursor()], ['c1', 'c1']);
  keys.generation = 2;
  assert.equal([cursor(), cursor()], ['c2', 'c2']);
});

test('rows that wait come together up to a size, and a larger one by itself', () => {
  const one = channel();
  const pieces: number[][] = [];
  one.add({ deliver: ({ from, seq }) => pieces.push([from, seq]) });
  const ofSize = (seq: number, kib: number) => ({
    ...row(seq, 'UP'),
    items: `["${'x'.repeat(kib * 1_024)}"]`,
  });
  for (const [n, kib] of [60, 60, 60, 200, 1].entries()) one.committed(ofSize(n + 1, kib));
  one.deliver(1_000);
  assert.equal(pieces, [
    [1, 2],
    [3, 3],
    [4, 4],
    [5, 5],
  ]);
});

test('cursors of many views are not kept without end', () => {
  const one = channel();
  const place = { seq: 1, entry: 0 };
  const views = Array.from(
    { length: 65 },
    (_, n): StreamView => ({ visibility: 'all', servers: new Set([`${n}`]) }),
  );
  const first = one.cursorAt(place, views[0] as StreamView);
  assert.is(one.cursorAt(place, views[0] as StreamView), first);
  for (const view of views) one.cursorAt(place, view);
  assert.is.not(one.cursorAt(place, views[0] as StreamView), first);
});

test('a stream is followed while it has followers', () => {
  let following = 0;
  const feed = {
    follow: () => {
      following += 1;
      return () => void following--;
    },
  };
  const channels = new Channels(
    feed as never,
    cursors,
    (...texts) => ({ texts, bytes: 0 }),
    new FanOut(() => undefined),
  );
  const followers = [{ deliver: () => undefined }, { deliver: () => undefined }];
  const [one] = followers.map((follower) => channels.join(STREAM, follower));
  assert.is(following, 1);
  for (const follower of followers) {
    assert.is(following, 1);
    channels.leave(one as Channel, follower);
  }
  assert.equal([following, channels.size], [0, 0]);
});

test('urgent channels share one extra budget a turn; the rest waits for the next', () => {
  const turns: (() => void)[] = [];
  const fanOut = new FanOut((then) => void turns.push(then));
  const delivered: number[] = [];
  const urgent = (n: number): Deliverable => ({
    isUrgent: true,
    deliver: (left) => {
      delivered.push(n);
      return left - 300;
    },
  });
  for (let n = 0; n < 5; n++) fanOut.add(urgent(n));
  assert.equal([...new Set(delivered)], [0, 1]);
  turns.shift()?.();
  assert.ok(new Set(delivered).size > 2);
});

test('rows after a flush wait for the next turn, as after any other delivery', () => {
  const turns: (() => void)[] = [];
  const fanOut = new FanOut((then) => void turns.push(then));
  const delivered: string[] = [];
  const large = (name: string): Deliverable => ({
    isUrgent: false,
    deliver: () => {
      delivered.push(name);
      return 1;
    },
  });
  fanOut.flush();
  fanOut.add(large('a'));
  assert.equal(delivered, []);
  turns.shift()?.();
  assert.equal(delivered, ['a']);
});

test('a stream with a DOWN that waits stays before the others, whatever it gets next', () => {
  const turns: (() => void)[] = [];
  const fanOut = new FanOut((then) => void turns.push(then));
  const delivered: string[] = [];
  const stream = (name: string) => ({
    isUrgent: false,
    deliver: () => {
      delivered.push(name);
      return 0;
    },
  });
  const [first, down] = [stream('first'), { ...stream('down'), isUrgent: true }];
  fanOut.add(first);
  fanOut.add(down);
  // Each had its slice, and has more.
  assert.equal(delivered, ['first', 'down']);
  down.isUrgent = false;
  fanOut.add(down);
  turns.shift()?.();
  assert.equal(delivered, ['first', 'down', 'down']);
});

test.run();
