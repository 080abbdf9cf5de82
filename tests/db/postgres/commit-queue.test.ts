/** What shares a transaction of PostgreSQL, what goes first, and what becomes of the rest. Needs no PostgreSQL. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CommitQueue } from '../../../db/postgres/commit/commit-queue.ts';
import { ClockJumps } from '../../../db/postgres/commit/lineage-entry.ts';
import { WriteHealth } from '../../../db/postgres/commit/write-health.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { FakeClock } from '../../support/clock.ts';

const test = suite('PostgreSQL: commit queue');

/** A queue whose transactions are as large as the test says, and a record of them. */
function open(
  most: number | (() => number) = Number.POSITIVE_INFINITY,
  during: (transaction: number) => void = () => undefined,
) {
  const transactions: string[][] = [];
  /** How many commands each transaction was offered: it reads the rows of all of them. */
  const offered: number[] = [];
  let ran: string[] = [];
  const queue = new CommitQueue(async (batch) => {
    ran = [];
    offered.push(batch.length);
    const taken = batch.slice(0, typeof most === 'number' ? most : most());
    for (const command of taken) command.run(undefined as never);
    transactions.push(ran);
    during(transactions.length);
    await new Promise((resolve) => setImmediate(resolve));
    for (const command of taken) command.settle();
    return batch.slice(taken.length);
  });
  const keep = (name: string) => {
    ran.push(name);
    return name;
  };
  const add = (name: string, urgent = false) =>
    queue.add({ wants: () => undefined, run: () => keep(name) }, { urgent });
  return { queue, transactions, offered, add };
}

test('decisions of one turn share a transaction; later ones share the next', async () => {
  const { transactions, add } = open();
  const first = [add('a'), add('b')];
  await new Promise((resolve) => setImmediate(resolve));
  const later = [add('c'), add('d')];
  assert.equal(await Promise.all([...first, ...later]), ['a', 'b', 'c', 'd']);
  assert.equal(transactions, [
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('an urgent command goes first, and does not wait for others to share with', async () => {
  const { transactions, add } = open();
  const all = [add('a'), add('b'), add('now', true)];
  await Promise.all(all);
  assert.equal(transactions, [['now'], ['a', 'b']]);
});

test('one transaction has a limited number of commands', async () => {
  const { transactions, add } = open();
  await Promise.all(Array.from({ length: 1_100 }, (_, n) => add(`${n}`)));
  assert.equal(
    transactions.map(({ length }) => length),
    [500, 500, 100],
  );
});

test('those that a transaction did not take are the first of the next, in order', async () => {
  const later: Promise<string>[] = [];
  const { transactions, add } = open(2, (transaction) => {
    if (transaction === 1) later.push(add('now too', true));
    if (transaction === 3) later.push(add('d'));
  });
  const all = [add('a'), add('b'), add('c')];
  all.push(...['x', 'y', 'z'].map((name) => add(name, true)));
  await Promise.all(all);
  await Promise.all(later);
  assert.equal(transactions, [
    ['x', 'y'],
    ['z', 'now too'],
    ['a', 'b'],
    ['c', 'd'],
  ]);
});

test('a transaction that left some behind is followed by one offered few more', async () => {
  const { transactions, offered, add } = open(7);
  await Promise.all(Array.from({ length: 100 }, (_, n) => add(`${n}`)));
  assert.is(transactions.length, 15);
  assert.ok(offered.reduce((sum, each) => sum + each) < 100 + 2 * 100, offered.join(' '));
  assert.equal(
    transactions.flat(),
    Array.from({ length: 100 }, (_, n) => `${n}`),
  );
});

test('transactions that take all are offered more and more again', async () => {
  let most = 1;
  const { transactions, add } = open(() => most);
  const all = Array.from({ length: 4 }, (_, n) => add(`${n}`));
  await Promise.all(all);
  most = Number.POSITIVE_INFINITY;
  await Promise.all(Array.from({ length: 1_000 }, (_, n) => add(`more ${n}`)));
  const lengths = transactions.slice(4).map(({ length }) => length);
  assert.ok(lengths.length <= 11, lengths.join(' '));
  assert.ok(Math.max(...lengths) > 250, lengths.join(' '));
});

test('a close writes what waits, and nothing is taken after it', async () => {
  const { queue, transactions, add } = open();
  const waiting = add('a');
  const closed = queue.close();
  const late = await add('b').catch((error: DomainError) => error);
  assert.instance(late, DomainError);
  await closed;
  assert.equal(transactions, [['a']]);
  assert.is(await waiting, 'a');
});

test('a problem ends with the next write; a permanent one does not', () => {
  const health = new WriteHealth(noLogger);
  health.say('the disk is full');
  assert.is(health.words, 'the disk is full');
  health.passed();
  assert.is(health.words, undefined);
  health.ended('another server writes here');
  health.passed();
  health.say('the disk is full');
  health.failed(new Error('lost'));
  assert.equal([health.words, health.isFinal], ['another server writes here', true]);
});

test('a wall clock that jumps either way is noticed once, and one that drifts is not', () => {
  const clock = new FakeClock();
  const jumps = new ClockJumps(clock);
  clock.advance(3_600_000);
  assert.not(jumps.look());
  for (const step of [5_000, -5_000]) {
    clock.stepWall(step);
    assert.equal([jumps.look(), jumps.look()], [true, false]);
  }
  clock.stepWall(4_999);
  assert.not(jumps.look());
});

test.run();
