import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CallerGone } from '../../server/limits/fair-queue.ts';
import { inSlices, type Steps, TimeSlices } from '../../server/limits/time-slices.ts';

const test = suite('time slices');

/** Time that passes only when work says so, and turns of the event loop that come when the test says so. */
function hand() {
  let now = 0;
  let next = () => {};
  const slices = new TimeSlices({
    now: () => now,
    nextTurn: () => new Promise((resolve) => (next = resolve)),
    slice: 3,
  });
  return {
    slices,
    spend(ms: number) {
      now += ms;
    },
    get now() {
      return now;
    },
    async turn() {
      const began = now;
      next();
      await new Promise((resolve) => setImmediate(resolve));
      return now - began;
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('all work together takes one slice of a turn, however much there is', async () => {
  const h = hand();
  function* steps(): Steps<void> {
    for (let n = 0; n < 10; n++) {
      h.spend(1);
      yield;
    }
  }
  const all = Array.from({ length: 20 }, () => h.slices.run(steps));
  assert.is(h.now, 3);
  while (h.slices.ready > 0) assert.ok((await h.turn()) <= 3);
  await Promise.all(all);
  assert.is(h.now, 200);
});

test('those under way take turns, so that a short one is not behind a long one', async () => {
  const h = hand();
  const ended: string[] = [];
  function* steps(count: number): Steps<void> {
    for (let n = 0; n < count; n++) {
      h.spend(1);
      yield;
    }
  }
  void h.slices.run(() => steps(100)).then(() => ended.push('long'));
  void h.slices.run(() => steps(2)).then(() => ended.push('short'));
  await h.turn();
  await h.turn();
  assert.equal(ended, ['short']);
  while (h.slices.ready > 0) await h.turn();
});

test('keys take turns, however much work one of them has', async () => {
  const h = hand();
  const ended: string[] = [];
  function* steps(): Steps<void> {
    for (let n = 0; n < 2; n++) {
      h.spend(1);
      yield;
    }
  }
  for (let n = 0; n < 50; n++) void h.slices.run(steps, undefined, 'busy').then(() => ended.push('busy'));
  void h.slices.run(steps, undefined, 'quiet').then(() => ended.push('quiet'));
  for (let n = 0; n < 3; n++) await h.turn();
  assert.ok(ended.includes('quiet'), ended.join());
  while (h.slices.ready > 0) await h.turn();
  assert.is(ended.length, 51);
});

test('a list is made in steps, in order, and waits for what comes later', async () => {
  const items = Array.from({ length: 100 }, (_, n) => n);
  const twice = await inSlices(items, (n) => (n % 7 === 0 ? Promise.resolve(2 * n) : 2 * n));
  assert.equal(
    twice,
    items.map((n) => 2 * n),
  );
  const leaving = new AbortController();
  let made = 0;
  const left = inSlices(
    items,
    async () => {
      made += 1;
      leaving.abort();
    },
    { signal: leaving.signal },
  );
  await left.then(
    () => assert.unreachable(),
    (error) => assert.instance(error, CallerGone),
  );
  assert.is(made, 1);
});

test('short work is done at once', async () => {
  const h = hand();
  let isDone = false;
  void h.slices.run(function* (): Steps<void> {
    isDone = true;
    yield;
  });
  assert.ok(isDone);
});

test('work ends where it is when its caller is gone, and gives back what it took', async () => {
  const h = hand();
  const leaving = new AbortController();
  let steps = 0;
  let isGivenBack = false;
  const running = h.slices.run(function* (): Steps<void> {
    try {
      for (;;) {
        steps++;
        h.spend(3);
        yield;
      }
    } finally {
      isGivenBack = true;
    }
  }, leaving.signal);
  await h.turn();
  assert.is(steps, 2);
  leaving.abort();
  assert.ok(isGivenBack);
  await running.then(
    () => assert.unreachable(),
    (error) => assert.instance(error, CallerGone),
  );
  await h.turn();
  assert.is(steps, 2);
  assert.is(h.slices.ready, 0);
});

test('work that waits lets others go on, and gets the error when that fails', async () => {
  const h = hand();
  let fail = (_error: Error) => {};
  const waiting = h.slices.run(function* (): Steps<string> {
    try {
      yield new Promise((_, reject) => (fail = reject));
    } catch (error) {
      return (error as Error).message;
    }
    return 'never';
  });
  assert.is(h.slices.ready, 0);
  fail(new Error('too late'));
  await settled();
  assert.is(await waiting, 'too late');
});

test('it knows what it has used so far, without the others', async () => {
  const h = hand();
  const spent: number[] = [];
  const own = h.slices.run(function* (pace): Steps<void> {
    for (let n = 0; n < 3; n++) {
      spent.push(pace.spent);
      h.spend(1);
      yield;
    }
  });
  const other = h.slices.run(function* (): Steps<void> {
    h.spend(50);
    yield;
  });
  while (h.slices.ready > 0) await h.turn();
  await Promise.all([own, other]);
  assert.equal(spent, [0, 1, 2]);
});

test.run();
