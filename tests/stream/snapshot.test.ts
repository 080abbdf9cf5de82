import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { timeSlices } from '../../server/limits/time-slices.ts';
import { Snapshots, StreamSnapshot } from '../../server/stream/snapshot.ts';
import { EVERYTHING, type StreamView, viewOf } from '../../server/stream/view.ts';
import { textOf } from '../support/clients/shared-text.ts';

const test = suite('snapshots');

test('simultaneous readers share one reading; a failed one is not shared', async () => {
  const later: (() => void)[] = [];
  let readings = 0;
  let isDown = true;
  const store = {
    async projectSnapshot() {
      readings += 1;
      if (isDown) throw new Error('the database does not answer');
      return { head: 7, entry: 0, items: [] };
    },
  };
  const soon = (then: () => void) => void later.push(then);
  const snapshots = new Snapshots(store as never, () => ({}), { soon, slices: timeSlices });
  const seq = () => snapshots.read('project:p1', async ({ place }) => place.seq);
  const outcomes = await Promise.allSettled([seq(), seq()]);
  assert.equal(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.is(readings, 1);
  for (const then of later.splice(0)) then();
  isDown = false;
  assert.is(await seq(), 7);
  assert.is(readings, 2);
});

const state = (n: number) => ({ server_id: `s${n}`, name: 'a', host_status: n % 2 === 0 ? 'UP' : 'DOWN' });
const snapshotOf = (count: number) =>
  new StreamSnapshot({
    head: 1,
    entry: 0,
    unknownOnly: { head: 1, entry: 0 },
    items: Array.from({ length: count }, (_, n) => state(n)) as never,
  });
const EVEN = viewOf({ host_status: ['UP'] }, { stream: 'project:p1', visibility: 'all' });

function framesOf(count: number, view: StreamView) {
  const frames = [...snapshotOf(count).frames('s', view)].filter((frame) => frame !== undefined);
  return frames.map(
    (frame) => JSON.parse(textOf(frame)) as { part: number; last: boolean; items: unknown[] },
  );
}

test('its parts are numbered, only the last one says so, and a filter shifts none', () => {
  for (const [count, view, sizes] of [
    [0, EVERYTHING, [0]],
    [500, EVERYTHING, [500]],
    [1_001, EVERYTHING, [500, 500, 1]],
    [0, EVEN, [0]],
    [1_000, EVEN, [500]],
    [2_001, EVEN, [500, 500, 1]],
  ] as const) {
    const frames = framesOf(count, view);
    assert.equal(
      frames.map(({ part, last, items }) => [part, last, items.length]),
      sizes.map((size, n) => [n + 1, n + 1 === sizes.length, size]),
    );
  }
});

test('readers that see everything share its bytes, whatever they call their stream', () => {
  const snapshot = snapshotOf(1_001);
  const middles = (id: string) =>
    [...snapshot.frames(id, EVERYTHING)].flatMap((frame) => (frame === undefined ? [] : [frame.middle]));
  const [first, second] = [middles('a'), middles('b')];
  assert.is(first.length, 3);
  assert.ok(first.every((middle, n) => middle === second[n]));
  const lists = [...snapshot.parts(EVERYTHING)].filter((list) => list !== undefined);
  assert.ok(lists.every((list, n) => list === first[n]));
});

test('between two hundred servers other work may run, whether they are shown or not', () => {
  for (const view of [EVERYTHING, EVEN]) {
    const texts = [...snapshotOf(1_000).parts(view)];
    assert.ok(texts.filter((text) => text === undefined).length >= 8);
  }
});

test('a large one is shared while it is sent, unless something was committed', async () => {
  let readings = 0;
  let head = 7;
  const items = Array.from({ length: 2_001 }, (_, n) => state(n));
  const store = {
    async projectSnapshot() {
      readings += 1;
      return { head, entry: 0, items };
    },
    bounds: async () => ({ head, headEntry: 0 }),
  };
  const soon = (then: () => void) => then();
  const snapshots = new Snapshots(store as never, () => ({}), { soon, slices: timeSlices });
  let isSent = () => {};
  const sending = snapshots.read('project:p1', () => new Promise<void>((resolve) => (isSent = resolve)));
  await new Promise((resolve) => setImmediate(resolve));
  await snapshots.read('project:p1', async () => undefined);
  assert.is(readings, 1);
  head = 8;
  await snapshots.read('project:p1', async ({ place }) => assert.is(place.seq, 8));
  assert.is(readings, 2);
  isSent();
  await sending;
  await snapshots.read('project:p1', async () => undefined);
  assert.is(readings, 3);
});

test('a filter names servers in either case', () => {
  const view = viewOf({ servers: ['ABC-1'] }, { stream: 'project:p1', visibility: 'all' });
  assert.equal([...(view.servers ?? [])], ['abc-1']);
});

test.run();
