/** Each way in which PostgreSQL can be set up wrong is said with its value and the fix. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServerFacts } from '../../../db/postgres/nodes/facts.ts';
import { judged } from '../../../db/postgres/nodes/judge.ts';

const test = suite('how PostgreSQL is set up');

const sound: ServerFacts = {
  version: '17.2 (Debian 17.2-1)',
  user: 'hostbeat',
  isSuperuser: false,
  fsync: 'on',
  fullPageWrites: 'on',
  autovacuum: 'on',
  maxConnections: 100,
  reserved: 3,
  connections: 40,
  synchronousStandbyNames: 'ANY 1 (db2, db3)',
  standbys: 2,
  notificationQueue: 0,
  deadHeadRows: 200,
  preparedFor: 0,
  slot: null,
  slotBytes: 0,
  isEncrypted: true,
  from: '10.0.0.5',
  clockAhead: 12,
};

test('a sound one has no remark', () => {
  assert.equal(judged(sound), { version: 'PostgreSQL 17.2', remarks: [] });
});

for (const [what, facts, verdict, words] of [
  ['fsync off', { fsync: 'off' }, 'wrong', /fsync is off.*ALTER SYSTEM SET fsync = on/],
  ['full_page_writes off', { fullPageWrites: 'off' }, 'wrong', /full_page_writes is off/],
  ['autovacuum off', { autovacuum: 'off' }, 'wrong', /autovacuum is off.*commits slow down/],
  ['a synchronous standby that is away', { standbys: 0 }, 'wrong', /ANY 1 \(db2, db3\).*every commit waits/],
  ['a full queue of notifications', { notificationQueue: 0.4 }, 'wrong', /40 % full.*end it/],
  ['too few connections', { connections: 90 }, 'wrong', /90 of its 97 connections.*raise max_connections/],
  ['a slot that fills the disk', { slot: 'old', slotBytes: 3 * 2 ** 30 }, 'wrong', /"old" keeps 3\.0 GiB/],
  ['an asynchronous standby', { synchronousStandbyNames: '' }, 'note', /2 standbys follow asynchronously/],
  ['no standby', { synchronousStandbyNames: '', standbys: 0 }, 'note', /everything stops until it is back/],
  ['a superuser', { isSuperuser: true }, 'note', /the superuser "hostbeat": give it a role of its own/],
  ['versions that nobody may remove', { deadHeadRows: 30_000 }, 'note', /30000 dead versions.*end it/],
  ['a prepared transaction', { preparedFor: 3_600 }, 'note', /prepared 60 minutes ago/],
  ['no encryption', { isEncrypted: false }, 'note', /from 10\.0\.0\.5 is not encrypted.*sslmode=verify-full/],
  ['a clock that is ahead', { clockAhead: 61_000 }, 'note', /61 s ahead of the clock of this node/],
  ['a clock that is behind', { clockAhead: -61_000 }, 'note', /61 s behind/],
] as const)
  test(`${what}: ${verdict}, with the fix`, () => {
    const { remarks } = judged({ ...sound, ...facts });
    assert.is(remarks.length, 1, JSON.stringify(remarks));
    assert.is(remarks[0]?.verdict, verdict);
    assert.match(remarks[0]?.words ?? '', words);
  });

test('a connection that stays on its machine needs no encryption', () => {
  for (const from of [null, '127.0.0.1', '::1'])
    assert.equal(judged({ ...sound, isEncrypted: false, from }).remarks, []);
});

test.run();
