import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  correctedDownTime,
  deadlineOf,
  isOverdue,
  SHORTEST_PERIOD,
} from '../../server/domain/silence/deadline.ts';

const test = suite('deadline');

const vectors = JSON.parse(readFileSync(new URL('../vectors/deadlines.json', import.meta.url), 'utf8'));

test('exactly service_down_time after the last report is not overdue (vectors)', () => {
  for (const { heard, service_down_time, now, overdue } of vectors.overdue) {
    const words = `heard ${heard}, ${service_down_time} ms, now ${now}`;
    assert.is(isOverdue(deadlineOf(heard, service_down_time), now), overdue, words);
  }
});

test('a service_down_time that could not work is corrected as Nova does', () => {
  for (const { report_interval, service_down_time, becomes } of vectors.corrected) {
    assert.is(correctedDownTime(report_interval, service_down_time), becomes);
  }
});

test('a corrected service_down_time always allows one late report', () => {
  const period = fc.integer({ min: SHORTEST_PERIOD, max: 3_600_000 });
  fc.assert(
    fc.property(period, period, (interval, downTime) => {
      const corrected = correctedDownTime(interval, downTime);
      assert.ok(corrected > interval);
      if (downTime > interval) assert.is(corrected, downTime);
    }),
  );
});

test.run();
