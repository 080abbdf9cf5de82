/** What shares a transaction, what waits for an outsider, and what is done when the file closes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CommitQueue } from '../../../db/sqlite/commit/commit-queue.ts';
import { WriteHealth } from '../../../db/sqlite/commit/write-health.ts';
import { type Client, IN_MEMORY, openClient } from '../../../db/sqlite/file/client.ts';
import { connect } from '../../../db/sqlite/file/connection.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { systemTimers } from '../../../server/timers.ts';

const test = suite('SQLite: commit queue');

function queueOn(client: Client) {
  const seen = { transactions: 0, idle: 0 };
  let waiting: (() => void)[] = [];
  const queue = new CommitQueue(
    client,
    {
      begin: () => ({ items: 0 }),
      seal: () => {
        seen.transactions += 1;
      },
      announce: () => undefined,
      kept: () => undefined,
      failed: () => undefined,
      idle: () => {
        seen.idle += 1;
      },
    },
    {
      ...systemTimers,
      setTimer(then) {
        waiting.push(then);
        return () => undefined;
      },
    },
  );
  const fire = async () => {
    await nextTurn();
    const now = waiting;
    waiting = [];
    for (const then of now) then();
    await nextTurn();
    await nextTurn();
  };
  return { queue, seen, fire };
}

const inMemory = () => queueOn(connect(IN_MEMORY).client);

test('a transaction holds five hundred commands at most', async () => {
  const { queue, seen } = inMemory();
  await Promise.all(Array.from({ length: 1_200 }, () => queue.add(() => undefined)));
  assert.is(seen.transactions, 3);
});

test('a transaction takes no further command once it has two thousand items', async () => {
  const { queue, seen } = inMemory();
  const large = (gathering: { items: number }) => {
    gathering.items += 1_000;
  };
  await Promise.all(Array.from({ length: 10 }, () => queue.add(large)));
  assert.is(seen.transactions, 5);
});

test('a pause is made use of after every sixty-four transactions, and not once alone', async () => {
  const { queue, seen } = inMemory();
  for (const pauses of [1, 2, 3]) {
    for (let n = 0; n < 64; n++) await queue.add(() => undefined);
    await nextTurn();
    await nextTurn();
    assert.is(seen.idle, pauses);
  }
});

test('decisions waiting when the file closes are committed, later ones refused', async () => {
  const { queue, seen } = inMemory();
  const waiting = queue.add(() => 'kept');
  queue.close();
  assert.is(seen.transactions, 1);
  assert.is(await waiting, 'kept');
  assert.is(await queue.add(() => 'late').catch((error) => error.code), 'unavailable');
});

test('after an outsider held the file, others are waited for as long as before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostbeat-'));
  const { client } = connect(join(folder, 'h.db'));
  const busyTimeout = () => client.pragma('busy_timeout', { simple: true });
  const before = busyTimeout();
  const { queue, fire } = queueOn(client);
  const outsider = openClient(join(folder, 'h.db'));
  outsider.exec('BEGIN EXCLUSIVE');
  const waiting = queue.add(() => client.exec('CREATE TABLE t (x INTEGER)'));
  await fire();
  assert.is(busyTimeout(), 0, 'the event loop does not wait');
  outsider.exec('ROLLBACK');
  outsider.close();
  await fire();
  await waiting;
  assert.is(busyTimeout(), before);
  client.close();
  rmSync(folder, { recursive: true });
});

function health() {
  const asked: (() => void)[] = [];
  const one = new WriteHealth(
    noLogger,
    (then) => {
      asked.push(then);
      return () => undefined;
    },
    () => undefined,
  );
  return { one, asked };
}

test('many writes that fail ask one question later', () => {
  const { one, asked } = health();
  for (let n = 0; n < 10; n++) one.met(new Error('failed'));
  assert.is(asked.length, 1);
  asked.shift()?.();
  one.met(new Error('failed'));
  assert.is(asked.length, 1);
});

test('damage does not pass, even if writes still succeed', () => {
  const { one } = health();
  one.damage('page 7');
  one.passed();
  assert.ok(one.refuses);
  assert.match(one.words ?? '', /page 7/);
});

test.run();
