/** What the doctor says of PostgreSQL, from what `/v1/nodes` answers. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { judgeDatabase } from '../../server/cli/doctor/postgres.ts';

const test = suite('hostbeat doctor on PostgreSQL');

const of = (...remarks: readonly { verdict: 'wrong' | 'note'; words: string }[]) =>
  judgeDatabase({ self: 1, database: { version: 'PostgreSQL 17.2', remarks: [...remarks] } });

test('a sound one is named, and its version', () => {
  assert.equal(of(), { verdict: 'ok', words: 'PostgreSQL 17.2 is set up as hostbeat needs it' });
});

test('one fault makes the check wrong, and every fault is named', () => {
  const found = of({ verdict: 'wrong', words: 'fsync is off' }, { verdict: 'note', words: 'no standby' });
  assert.equal(found, { verdict: 'wrong', words: 'PostgreSQL 17.2: fsync is off; no standby' });
  assert.is(of({ verdict: 'note', words: 'no standby' }).verdict, 'note');
});

test('SQLite, and a server that does not say it, are passed over', () => {
  assert.is(judgeDatabase({ self: null, nodes: [], database: null }).verdict, 'skipped');
  assert.is(judgeDatabase({ self: 1, nodes: [] }).verdict, 'skipped');
});

test('a PostgreSQL that cannot be asked is wrong', () => {
  assert.is(judgeDatabase({ self: 1, nodes: [], database: null }).verdict, 'wrong');
});

test.run();
