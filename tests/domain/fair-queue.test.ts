import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { DomainError } from '../../server/domain/errors.ts';
import { CallerGone, FairQueue } from '../../server/limits/fair-queue.ts';

const test = suite('fair queue');
const LIMITS = { running: 2, runningPerKey: 1, waiting: 6, waitingPerKey: 4, what: 'things' };

/** Work that ends when the test says so, and notes when it began. */
function aQueue(limits = LIMITS) {
  const queue = new FairQueue(limits);
  const began: string[] = [];
  const ends: (() => void)[] = [];
  const failed: (readonly [string, unknown])[] = [];
  const ask = (key: string, name = key, signal?: AbortSignal) => {
    const work = async () => {
      began.push(name);
      await new Promise<void>((end) => ends.push(end));
    };
    return queue.run(key, work, signal).catch((error: unknown) => void failed.push([name, error]));
  };
  const endOne = async () => {
    ends.shift()?.();
    await settle();
  };
  return { queue, began, ends, failed, ask, endOne };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

test('one key never holds all of the places', async () => {
  const { ask, began } = aQueue();
  void ask('flood', 'flood 1');
  void ask('flood', 'flood 2');
  void ask('alice');
  await settle();
  assert.equal(began, ['flood 1', 'alice']);
});

test('keys take turns, however much one of them asks for', async () => {
  const { ask, began, endOne } = aQueue({ ...LIMITS, running: 1 });
  for (const n of [1, 2, 3, 4]) void ask('flood', `flood ${n}`);
  void ask('alice');
  void ask('bob');
  for (let n = 0; n < 6; n++) await endOne();
  assert.equal(began, ['flood 1', 'flood 2', 'alice', 'bob', 'flood 3', 'flood 4']);
});

test('more of one key than may wait is refused as too many', async () => {
  const { ask, failed } = aQueue();
  for (let n = 1; n <= 6; n++) void ask('flood', `flood ${n}`);
  await settle();
  assert.equal(
    failed.map(([name, error]) => [name, (error as DomainError).code, (error as DomainError).retryAfterMs]),
    [['flood 6', 'too_many', 1_000]],
  );
});

test('in a full queue the key with most entries loses one to a new key', async () => {
  const { queue, ask, failed } = aQueue({ ...LIMITS, running: 1 });
  for (let n = 1; n <= 5; n++) void ask('flood', `flood ${n}`);
  for (const name of ['a', 'b', 'c']) void ask(name);
  await settle();
  assert.is(queue.waiting, 6);
  assert.equal(
    failed.map(([name, error]) => [name, (error as DomainError).code]),
    [['flood 5', 'unavailable']],
  );
  for (const name of ['d', 'e', 'f']) void ask(name);
  await settle();
  assert.equal(
    failed.map(([name]) => name).sort(),
    ['f', 'flood 3', 'flood 4', 'flood 5'],
    'and when everyone has as little, the last one to come is refused',
  );
});

test('work whose caller has left is never begun', async () => {
  const { queue, ask, began, failed, endOne } = aQueue();
  const gone = new AbortController();
  void ask('a', 'first');
  void ask('a', 'left', gone.signal);
  void ask('a', 'stayed');
  gone.abort();
  await endOne();
  assert.equal(began, ['first', 'stayed']);
  assert.instance(failed[0]?.[1], CallerGone);
  void ask('a', 'late', gone.signal);
  await settle();
  assert.is(queue.waiting, 0);
  assert.equal(
    failed.map(([name]) => name),
    ['left', 'late'],
  );
});

test('an idle queue remembers no key', async () => {
  const { queue, ask, endOne } = aQueue();
  for (const key of ['a', 'b', 'c']) void ask(key);
  for (let n = 0; n < 3; n++) await endOne();
  assert.equal([queue.running, queue.waiting, queue.keys], [0, 0, 0]);
});

test('work that fails gives its place back', async () => {
  const { queue } = aQueue();
  await queue.run('a', () => Promise.reject(new Error('no'))).catch(() => undefined);
  assert.is(queue.running, 0);
});

test.run();
