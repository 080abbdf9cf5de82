/** Values that are compared outside of a statement have the order that SQLite itself gives them. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { comparing, type SortValue } from '../../../../db/sqlite/queries/sort-values.ts';

const test = suite('the order of sort values');

const ascending = comparing([{ key: 'display_name', direction: 'asc' }] as never);
const sorted = (...values: SortValue[]) => values.sort((a, b) => ascending([a], [b]));

test('texts are in the order of their bytes, as SQLite has them', () => {
  const text = fc.string({ unit: 'binary' });
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.is(Math.sign(ascending([a], [b])), Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
  );
  assert.equal(sorted('\u{1f600}', '\uffee', '\ud7ff', 'ab', 'a', ''), [
    '',
    'a',
    'ab',
    '\ud7ff',
    '\uffee',
    '\u{1f600}',
  ]);
});

test('nothing comes before numbers, and numbers before texts', () => {
  assert.equal(sorted('1', 10, null, '', 9, -1), [null, -1, 9, 10, '', '1']);
});

test('later keys decide between equal ones, each in its own direction', () => {
  const both = comparing([{ direction: 'desc' }, { direction: 'asc' }] as never);
  const rows: [SortValue, SortValue][] = [
    [1, 'b'],
    [2, 'b'],
    [2, null],
    [2, 'a'],
  ];
  assert.equal(rows.sort(both), [
    [2, null],
    [2, 'a'],
    [2, 'b'],
    [1, 'b'],
  ]);
  assert.is(comparing([{ direction: 'asc' }, { direction: 'asc' }] as never, 1)([1, 'a'], [1, 'b']), 0);
});

test.run();
