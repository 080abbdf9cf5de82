import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LONGEST_WAIT, ScanPermits } from '../../../db/sqlite/queries/scan-permits.ts';
import type { DomainError } from '../../../server/domain/errors.ts';

const test = suite('SQLite: who may search at once');

function places() {
  const timers = new Set<{ then: () => void; after: number }>();
  const made = new ScanPermits(
    (then, after) => {
      const timer = { then, after };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    { running: 3, runningPerKey: 2, waiting: 4, waitingPerKey: 2 },
  );
  return { made, timers };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function state(granted: Promise<void>): Promise<string> {
  let found = 'waits';
  granted.then(
    () => (found = 'searches'),
    (error) => (found = (error as DomainError).code),
  );
  await settled();
  return found;
}

test('a caller searches two lists at once, beside other callers; further ones wait', async () => {
  const { made } = places();
  const [a1, a2, a3] = [made.ask('a'), made.ask('a'), made.ask('a')];
  const b = made.ask('b');
  assert.equal(await Promise.all([a1, a2, a3, b].map(({ granted }) => state(granted))), [
    'searches',
    'searches',
    'waits',
    'searches',
  ]);
  assert.ok(made.isBusy('a'));
  assert.not(made.isBusy('b'));
  a1.release();
  assert.is(await state(a3.granted), 'searches');
});

test('beyond those who may wait a list is refused at once, with when to come back', async () => {
  const { made } = places();
  const asked = Array.from({ length: 5 }, () => made.ask('a'));
  const last = asked.at(-1);
  assert.is(await state(last!.granted), 'unavailable');
  await last!.granted.then(
    () => assert.unreachable(),
    (error: DomainError) => assert.is(error.retryAfterMs, 5_000),
  );
  for (const { granted } of asked) granted.catch(() => undefined);
});

test('a list that waits too long is refused', async () => {
  const { made, timers } = places();
  const asked = [made.ask('a'), made.ask('a'), made.ask('a')];
  await settled();
  const [timer] = timers;
  assert.is(timer?.after, LONGEST_WAIT);
  timer?.then();
  assert.is(await state(asked[2]!.granted), 'unavailable');
});

test('a client that leaves while it waits takes no permit and returns none twice', async () => {
  const { made } = places();
  const [first, second, third] = [made.ask('a'), made.ask('a'), made.ask('a')];
  third.granted.catch(() => undefined);
  third.release();
  third.release();
  first.release();
  first.release();
  second.release();
  await settled();
  assert.not(made.isBusy('a'));
  assert.equal(await Promise.all([made.ask('a'), made.ask('a')].map(({ granted }) => state(granted))), [
    'searches',
    'searches',
  ]);
});

test('a permit that is given back twice is counted once', () => {
  const { made } = places();
  const [first, second] = [made.ask('a'), made.ask('a')];
  first.release();
  first.release();
  assert.not(made.isBusy('a'));
  made.ask('a');
  assert.ok(made.isBusy('a'));
  second.release();
});

test.run();
