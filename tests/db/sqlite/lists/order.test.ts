/** The order of a list: which of the keys that a caller names decide, and how ties end. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { wholeOrder } from '../../../../db/sqlite/queries/keyset-paging.ts';
import { rowTest } from '../../../../db/sqlite/queries/row-test.ts';
import type { Instance } from '../../../../server/domain/instances/instance.ts';
import type { InstanceSort } from '../../../../server/ports/instance-query.ts';

const test = suite('SQLite: orders and tests of lists');

const by = (...keys: string[]) =>
  keys.map(
    (key) => ({ key: key.replace('-', ''), direction: key.startsWith('-') ? 'desc' : 'asc' }) as InstanceSort,
  );

test('ties end by id, in the direction of the last key', () => {
  assert.equal(wholeOrder(by()), by('-createdAt', 'id'));
  assert.equal(wholeOrder(by('-name')), by('-name', '-id'));
  assert.equal(wholeOrder(by('-name', 'host')), by('-name', 'host', 'id'));
});

test('a key that was named before, or comes after the id, decides nothing', () => {
  assert.equal(wholeOrder(by('name', '-name')), by('name', 'id'));
  assert.equal(wholeOrder(by('host', '-id', 'name')), by('host', '-id'));
});

const instance = (id: string, host: string) => ({ id, host }) as Instance;
const rows = [instance('a', 'c1'), instance('b', 'c2'), instance('c', 'c1')];
const candidates = rows.map(({ id, host }, rowid) => ({ id, host, rowid, values: [] }));
const tableOf = (found: Instance[]) => ({ committedAt: () => found }) as never;
const passing = (
  table: Instance[],
  test?: (row: Instance) => boolean,
  host?: (of: string | null) => boolean,
) => {
  const made = rowTest(tableOf(table), test === undefined ? {} : { test }, host);
  const read = made?.read(candidates as never) ?? [];
  return candidates.filter((_, n) => made?.passes(read[n])).map(({ id }) => id);
};

test('a row is shown if it passes the test of the caller and that of its host', () => {
  const onC1 = (host: string | null) => host === 'c1';
  assert.equal(
    passing(rows, ({ id }) => id !== 'a', onC1),
    ['c'],
  );
  assert.equal(passing(rows, undefined, onC1), ['a', 'c']);
  assert.equal(
    passing(rows, ({ id }) => id !== 'a'),
    ['b', 'c'],
  );
  assert.is(rowTest(tableOf(rows), {}, undefined), undefined);
});

test('each row is tested as itself, although one before it was deleted meanwhile', () => {
  assert.equal(
    passing(rows.slice(1), ({ id }) => id !== 'b'),
    ['c'],
  );
  assert.equal(
    passing(rows.slice(1), () => true),
    ['b', 'c'],
  );
});

test.run();
