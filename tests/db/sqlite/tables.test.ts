/** What tables keep without end, and what they forget. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openClient } from '../../../db/sqlite/file/client.ts';
import { openConnection } from '../../../db/sqlite/file/open.ts';
import { SqliteStore } from '../../../db/sqlite/store.ts';
import { SqliteAccounts } from '../../../db/sqlite/tables/accounts/accounts.ts';
import { AuditTable } from '../../../db/sqlite/tables/log/audit.ts';
import { Lineage } from '../../../db/sqlite/tables/log/lineage.ts';
import type { DomainError } from '../../../server/domain/errors.ts';
import { AUDIT_KEPT } from '../../../server/ports/audit-log.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { anInstance, aService } from '../../support/builders.ts';
import { FakeClock } from '../../support/clock.ts';
import { putInstance, putService, TEST_RULES } from '../../support/store.ts';
import { until } from '../../support/within.ts';

const test = suite('SQLite: tables');

const open = () => openConnection(':memory:');
const options = { rules: TEST_RULES, logger: noLogger };

test('a million entries of operators are kept; the oldest goes with the next', async () => {
  const connection = await open();
  const table = new AuditTable(connection);
  const entry = { at: 1, actor: 'a', from: null, action: 'x', subject: 's', changes: {} };
  table.add(entry);
  table.add({ ...entry, share: 'project:a' });
  connection.client.exec(
    `INSERT INTO audit (at, actor, action, subject, changes, nth) VALUES (1, 'b', 'x', 's', '{}', ${AUDIT_KEPT})`,
  );
  table.add(entry);
  assert.equal(
    table.page({ limit: 10 }).map(({ id }) => id),
    [4, 3, 2],
  );
  await connection.close();
});

test('a wall clock that jumps, back or forward, begins another entry of the lineage', async () => {
  const connection = await open();
  const clock = new FakeClock();
  const lineage = new Lineage(connection, clock);
  const begun = () => lineage.entries().length;
  assert.is(begun(), 1);
  clock.advance(60_000);
  lineage.look();
  assert.is(begun(), 1);
  for (const step of [-60_000, 60_000]) {
    const before = begun();
    clock.stepWall(step);
    lineage.look();
    assert.is(begun(), before + 1, `${step}`);
  }
  await connection.close();
});

test('entries of the history index go with the rows that were trimmed', async () => {
  const connection = await open();
  const clock = new FakeClock();
  const store = new SqliteStore(connection, { ...options, clock });
  await putService({ store, clock, rules: TEST_RULES }, aService());
  await putInstance({ store, clock, rules: TEST_RULES }, anInstance());
  const entries = () => connection.client.prepare('SELECT count(*) FROM log_servers').pluck().get();
  while (await store.keepHistory());
  assert.is(entries(), 2, 'of the server, and of the service');
  while ((await store.trim(clock.now() + 1, 0, 100)) > 0);
  while (await store.keepHistory());
  assert.is(entries(), 0);
  await store.close();
  await connection.close();
});

test('tokens are never removed without a condition', async () => {
  const connection = await open();
  assert.throws(
    () => new SqliteAccounts(connection).removeTokens({}),
    (error: DomainError) => error.code === 'internal',
  );
  await connection.close();
});

test('while an outsider blocks the write-back of the log, last reports and trims wait', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hostbeat-'));
  const file = join(folder, 'h.db');
  const connection = await openConnection(file);
  const clock = new FakeClock();
  const wal = { kept: 10_000, bound: 20_000, tryAgainMs: 5 };
  const store = new SqliteStore(connection, { ...options, clock, wal });
  const at = { store, clock, rules: TEST_RULES };
  const service = await putService(at, aService());
  const seen = async () => (await store.service({ id: service.id }))?.lastSeenUp;
  const before = await seen();
  const outsider = openClient(file, { readonly: true });
  outsider.exec('BEGIN; SELECT count(*) FROM log');
  for (let n = 0; n < 130; n++) await putService(at, { ...service, live: n % 2 === 0 });
  await until('the log to be over its bound', () => store.warning() !== undefined);
  await store.writeLastSeen([{ id: service.id, at: clock.now() + 5_000 }]);
  assert.is(await seen(), before);
  assert.is(await store.trim(clock.now() + 1, 0, 100), 0);
  outsider.exec('COMMIT');
  outsider.close();
  await until('the log to be small again', () => store.warning() === undefined);
  await store.writeLastSeen([{ id: service.id, at: clock.now() + 5_000 }]);
  assert.is(await seen(), clock.now() + 5_000);
  await store.close();
  await connection.close();
  rmSync(folder, { recursive: true });
});

test.run();
