import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isoTime, naiveTime, parseIsoTime } from '../../server/nova/times.ts';

const test = suite('times');

const SAME = Date.UTC(2026, 0, 31, 12, 30, 15);

for (const text of [
  '2026-01-31T12:30:15Z',
  '2026-01-31 12:30:15',
  '2026-01-31T12:30:15.000000',
  '20260131T123015Z',
  '2026-01-31T14:30:15+02:00',
  '2026-01-31T07:00:15-0530',
  '2026-1-31T12:30:15Z',
  '2026-131T12:30:15Z',
  '2026-01-31T14:30:15+01:60',
]) {
  test(`${text} is read`, () => assert.is(parseIsoTime(text), SAME));
}

for (const text of [
  '',
  'yesterday',
  '2026-13-01',
  '2026-02-29',
  '2026-01-31T24:00',
  '2026-01-31T12:60',
  '1767225600',
  '2026-01-31T',
  '202601',
  '2026-01-31T1:02:03Z',
  '2026-01-31T12:30:15z',
  '2026-01-31T12:30:15+24:00',
  '0000-01-01',
]) {
  test(`"${text}" is not a time`, () => assert.is(parseIsoTime(text), undefined));
}

test('a part of a date is its beginning', () => {
  assert.is(parseIsoTime('2026'), Date.UTC(2026, 0, 1));
  assert.is(parseIsoTime('2026-03'), Date.UTC(2026, 2, 1));
});

test('written times can be read', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) }), (at) => {
      assert.is(parseIsoTime(isoTime(at)), at - (at % 1000));
      assert.is(parseIsoTime(naiveTime(at)), at);
    }),
  );
});

test.run();
