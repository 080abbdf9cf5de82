import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { afterFailure, UNTROUBLED } from '../../../server/webhooks/delivery/backoff.ts';

const test = suite('failures of an endpoint');

const HOUR = 3_600_000;
const FAILED = { delivered: false, error: 'it answered 500' } as const;

test('a period of failure begins with its first failure, and counts each attempt', () => {
  const first = afterFailure(UNTROUBLED, FAILED, 1_000, 0).trouble;
  assert.equal(first, {
    attempts: 1,
    failingSince: 1_000,
    nextAttemptAt: 2_000,
    lastError: 'it answered 500',
  });
  const second = afterFailure(first, { ...FAILED, error: 'it answered 502' }, 9_000, 0).trouble;
  assert.equal(second, {
    attempts: 2,
    failingSince: 1_000,
    nextAttemptAt: 11_000,
    lastError: 'it answered 502',
  });
});

test('an endpoint is given up after a day of failures, and not after few of them', () => {
  const trouble = { ...UNTROUBLED, failingSince: 0 };
  const after = (attempts: number, now: number) =>
    afterFailure({ ...trouble, attempts }, FAILED, now, 0).giveUp;
  assert.match(after(23, 24 * HOUR) ?? '', /24 hours; last error: it answered 500/);
  assert.is(after(22, 48 * HOUR), undefined, 'the wall clock was set');
  assert.is(after(99, 24 * HOUR - 1), undefined);
});

test('an endpoint may ask for a longer pause, never for a shorter one', () => {
  const pause = (retryAfter: number) => afterFailure(UNTROUBLED, { ...FAILED, retryAfter }, 0, 0).pause;
  assert.equal([pause(0), pause(999), pause(60_000), pause(48 * HOUR)], [1_000, 1_000, 60_000, HOUR]);
});

test.run();
