import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../server/domain/errors.ts';
import type { KeptSince } from '../../server/ports/store.ts';
import { Retention } from '../../server/stream/retention.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { anInstance, aService } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { openTestStore, putInstance, putService, rangeOf } from '../support/store.ts';

const test = suite('retention');
const DAY = 86_400_000;
const OTHERS = {
  deletedRetention: 90 * DAY,
  actionsRetention: 365 * DAY,
  auditRetention: 365 * DAY,
  boundedAudit: { step: async () => false },
};

test('old rows are trimmed, younger ones stay, and a place is never given twice', async () => {
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  const real = await openTestStore({ clock });
  const retention = new Retention({
    store: real.store,
    clock,
    setTimer: timers.setTimer,
    logger: noLogger,
    retention: 1_000,
    retentionItems: 100,
    ...OTHERS,
  });
  try {
    await putService(real, aService({ host: 'old' }));
    clock.advance(900);
    await putService(real, aService({ host: 'young' }));
    clock.advance(200);
    assert.is(await retention.trim(), true);
    assert.is(await retention.trim(), false);
    assert.equal(await rangeOf(real.store, 'hosts'), { head: 2, floor: 2 });
  } finally {
    await retention.close();
    await real.close();
  }
});

test('large rows are trimmed a few at a time, so that no request waits', async () => {
  const real = await openTestStore({ clock: new FakeClock() });
  try {
    const { store, clock } = real;
    const service = await putService(real, aService());
    const name = 'x'.repeat(250);
    await Promise.all(Array.from({ length: 1_000 }, () => putInstance(real, anInstance({ name }))));
    for (let n = 0; n < 20; n++) await putService(real, { ...service, live: n % 2 === 1 });
    const floors = [];
    while ((await store.trim(clock.now() + 1, 0, 500)) > 0)
      floors.push((await store.bounds('project:p1')).floor);
    assert.ok(floors.length > 2, `in ${floors.length} parts`);
    assert.is(floors.at(-1), (await store.bounds('project:p1')).head + 1);
  } finally {
    await real.close();
  }
});

test('one batch at a time until nothing is left, then a pause; a failure is retried', async () => {
  const timers = new ManualTimers(new FakeClock());
  const answers = [500, 20, new DomainError('unavailable', 'busy'), 7, 0];
  const trimmed: unknown[] = [];
  const retention = new Retention({
    store: {
      async trim(_before, keep) {
        const answer = answers.shift() ?? 0;
        trimmed.push(keep);
        if (answer instanceof Error) throw answer;
        return answer;
      },
      forget: async () => 0,
    },
    clock: new FakeClock(),
    setTimer: timers.setTimer,
    logger: noLogger,
    retention: 1_000,
    retentionItems: 42,
    ...OTHERS,
  });
  retention.start();
  for (const [wait, count] of [
    [60_000, 1],
    [50, 2],
    [50, 3],
    [59_999, 3],
    [1, 4],
    [50, 5],
    [59_999, 5],
  ] as const) {
    timers.advance(wait);
    assert.is(trimmed.length, count);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await retention.close();
  assert.is(timers.waiting, 0);
  assert.is(trimmed[0], 42);
});

test('a close waits for the batch that is under way', async () => {
  const timers = new ManualTimers(new FakeClock());
  const batch = Promise.withResolvers<number>();
  const retention = new Retention({
    store: { trim: () => batch.promise, forget: async () => 0 },
    clock: new FakeClock(),
    setTimer: timers.setTimer,
    logger: noLogger,
    retention: 1_000,
    retentionItems: 42,
    ...OTHERS,
  });
  retention.start();
  timers.advance(60_000);
  let isClosed = false;
  const closing = retention.close().then(() => {
    isClosed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.not(isClosed);
  batch.resolve(1);
  await closing;
  assert.is(timers.waiting, 0);
});

test('history is deleted when its own retention is over', async () => {
  const clock = new FakeClock();
  const asked: KeptSince[] = [];
  const left = [3, 0, 0];
  const slices = [true, false];
  const retention = new Retention({
    store: {
      trim: async () => 0,
      async forget(before) {
        asked.push(before);
        return left.shift() ?? 0;
      },
      reclaim: async () => slices.shift() ?? false,
    },
    clock,
    setTimer: new ManualTimers(clock).setTimer,
    logger: noLogger,
    retention: 1_000,
    retentionItems: 42,
    ...OTHERS,
  });
  const more = [await retention.trim(), await retention.trim(), await retention.trim()];
  assert.equal(more, [true, true, false], 'rows, then a slice of space, then nothing');
  const now = clock.now();
  assert.equal(asked[0], { deleted: now - 90 * DAY, actions: now - 365 * DAY, audit: now - 365 * DAY });
});

test('the audit log is limited in number in the same batches', async () => {
  const steps = [true, true, false];
  const clock = new FakeClock();
  const retention = new Retention({
    store: { trim: async () => 0, forget: async () => 0 },
    clock,
    setTimer: new ManualTimers(clock).setTimer,
    logger: noLogger,
    retention: 1_000,
    retentionItems: 42,
    ...OTHERS,
    boundedAudit: { step: async () => steps.shift() ?? false },
  });
  assert.equal([await retention.trim(), await retention.trim(), await retention.trim()], [true, true, false]);
});

test.run();
