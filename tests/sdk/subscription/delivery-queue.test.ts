/** What counts as taken: an item when the application is done with it, a mark of progress when all before it is. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClosedError } from '../../../client-sdk/src/errors.ts';
import { DeliveryQueue, type Taking } from '../../../client-sdk/src/subscription/delivery-queue.ts';
import { change } from '../support/frames.ts';

const test = suite('delivery queue');

/** A queue with a record of what was taken from it. */
function open(limit = 10) {
  const queue = new DeliveryQueue<'project'>(limit);
  const taken: string[] = [];
  const accept = (cursor: string, changes = 1) => {
    const items = Array.from({ length: changes }, (_, n) => change(`s${n}`, 'UNKNOWN'));
    return queue.accept({ type: 'event', seq: 1, cursor, changes: items }, () => void taken.push(cursor));
  };
  const progress = (cursor: string) => {
    queue.accept({ type: 'progress', cursor }, () => void taken.push(cursor));
  };
  const take = async () => (await queue.take()) as Taking<'project'>;
  return { queue, taken, accept, progress, take };
}

test('progress never passes an item that is still in hand', async () => {
  const { taken, accept, progress, take } = open();
  accept('a');
  const inHand = await take();
  progress('b');
  assert.equal(taken, []);
  inHand.done();
  assert.equal(taken, ['a', 'b']);
});

test('progress waits for each of several items in hand, and for those that wait', async () => {
  const { taken, accept, progress, take } = open();
  accept('a');
  accept('b');
  accept('c');
  progress('d');
  const [first, second] = [await take(), await take()];
  second.done();
  assert.equal(taken, ['b']);
  const third = await take();
  third.done();
  assert.equal(taken, ['b', 'c']);
  first.done();
  assert.equal(taken, ['b', 'c', 'a', 'd']);
});

test('where nothing waits and nothing is in hand progress counts at once, once', async () => {
  const { taken, accept, progress, take } = open();
  progress('a');
  assert.equal(taken, ['a']);
  accept('b', 0);
  assert.equal(taken, ['a', 'b']);
  accept('c');
  (await take()).done();
  accept('d');
  (await take()).done();
  assert.equal(taken, ['a', 'b', 'c', 'd']);
});

test('progress counts once, and not after items that came later', async () => {
  const { taken, accept, progress, take } = open();
  accept('a');
  progress('b');
  accept('c');
  (await take()).done();
  (await take()).done();
  progress('d');
  accept('e');
  (await take()).done();
  assert.equal(taken, ['a', 'c', 'd', 'e']);
});

test('a full queue asks to wait, and continues when half of it is taken', async () => {
  const { accept, take } = open(4);
  let hasRoom = false;
  for (let n = 0; n < 4; n += 1) assert.is(accept(`${n}`), undefined);
  const wait = accept('5')?.then(() => {
    hasRoom = true;
  });
  assert.ok(wait);
  for (let n = 0; n < 2; n += 1) (await take()).done();
  await new Promise((resolve) => setImmediate(resolve));
  assert.not(hasRoom);
  (await take()).done();
  await wait;
  assert.ok(hasRoom);
});

test('items queued at the end are still delivered, then the end', async () => {
  const { queue, accept } = open();
  accept('a');
  queue.end();
  assert.ok(await queue.take());
  assert.is(await queue.take(), undefined);
});

test('the first end counts: what ended by an error is not ended in peace afterwards', async () => {
  const { queue } = open();
  const error = new ClosedError();
  queue.end(error);
  queue.end();
  assert.is(await queue.take().catch((thrown) => thrown), error);
});

test.run();
