import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Retention } from '../../server/changes/retention.ts';
import { DomainError } from '../../server/domain/errors.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { aService } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { openTestStore, putService } from '../support/store.ts';

const test = suite('retention');

test('what is too old is forgotten, what is younger stays, and a place is never given twice', async () => {
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
  });
  try {
    await putService(real, aService({ host: 'old' }));
    clock.advance(900);
    await putService(real, aService({ host: 'young' }));
    clock.advance(200);
    assert.is(await retention.trim(), false);
    assert.equal(await real.store.bounds('hosts'), { head: 2, floor: 2 });
  } finally {
    await retention.close();
    await real.close();
  }
});

test('there is a batch at a time until nothing is left, then a rest; a failure is tried again', async () => {
  const timers = new ManualTimers(new FakeClock());
  const answers = [500, 500, new DomainError('unavailable', 'busy'), 7];
  const trimmed: unknown[] = [];
  const retention = new Retention({
    store: {
      async trim(_before, keep) {
        const answer = answers.shift() ?? 0;
        trimmed.push(keep);
        if (answer instanceof Error) throw answer;
        return answer;
      },
    },
    clock: new FakeClock(),
    setTimer: timers.setTimer,
    logger: noLogger,
    retention: 1_000,
    retentionItems: 42,
  });
  retention.start();
  for (const [wait, count] of [
    [60_000, 1],
    [50, 2],
    [50, 3],
    [59_999, 3],
    [1, 4],
    [59_999, 4],
  ] as const) {
    timers.advance(wait);
    assert.is(trimmed.length, count);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await retention.close();
  assert.is(timers.waiting, 0);
  assert.is(trimmed[0], 42);
});

test.run();
