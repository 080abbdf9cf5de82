/** Every statement of the tables reads a range of an index: none walks a table. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SqliteConnection } from '../../../db/sqlite/file/connection.ts';
import { openConnection } from '../../../db/sqlite/file/open.ts';
import { ActionTable } from '../../../db/sqlite/tables/actions.ts';
import { FlavorTable } from '../../../db/sqlite/tables/flavors.ts';
import { InstanceTable } from '../../../db/sqlite/tables/instances.ts';
import { AuditTable } from '../../../db/sqlite/tables/log/audit.ts';
import { HistoryTable } from '../../../db/sqlite/tables/log/history.ts';
import { Lineage } from '../../../db/sqlite/tables/log/lineage.ts';
import { LogTable } from '../../../db/sqlite/tables/log/log.ts';
import { ServiceTable } from '../../../db/sqlite/tables/services.ts';
import { systemClock } from '../../../server/runtime/clock.ts';
import { plan } from './plan.ts';

const test = suite<{ connection: SqliteConnection & { close(): void } }>('SQLite: plans of statements');

test.before(async (context) => {
  context.connection = await openConnection(':memory:');
});

test.after(({ connection }) => connection.close());

/** The statements between a fault and its announcement, as service-table, instance-table and log-table have them. */
const HOT: [text: string, sql: string, plan: string][] = [
  [
    'the fan-out reads one index and no row',
    'SELECT id, project_id, name FROM instances WHERE host = ? AND deleted_at IS NULL ORDER BY project_id, id',
    'SEARCH instances USING COVERING INDEX instances_on_host (host=?)',
  ],
  [
    "an owner's snapshot comes in its order",
    'SELECT id, name, host FROM instances WHERE project_id = ? AND id > ? AND deleted_at IS NULL ORDER BY id LIMIT ?',
    'SEARCH instances USING INDEX instances_of_project (project_id=? AND id>?)',
  ],
  [
    'which flavors there are is read by leaps in an index',
    'SELECT min(flavor_id) FROM instances WHERE deleted_at IS NULL AND flavor_id > ?',
    'SEARCH instances USING INDEX instances_of_flavor_listed (flavor_id>?)',
  ],
  [
    'how many servers of a flavor an owner has is counted in it',
    'SELECT count(*) FROM instances WHERE deleted_at IS NULL AND flavor_id = ? AND project_id = ?',
    'SEARCH instances USING INDEX instances_of_project_of_flavor (project_id=? AND flavor_id=?)',
  ],
  [
    'a page of the log is a range of its index',
    'SELECT seq, at, items FROM log WHERE stream = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
    'SEARCH log USING INDEX log_stream_seq (stream=? AND seq>? AND seq<?)',
  ],
];

for (const [text, sql, expected] of HOT) {
  test(text, ({ connection }) => {
    const params = (sql.match(/\?/g) ?? []).map(() => '1');
    assert.equal(plan(connection, sql, params), [expected]);
  });
}

test('the history of a server is a range of its index, and each row is found by its id', ({ connection }) => {
  const sql = `SELECT log.seq FROM log_servers AS entry
    JOIN log ON log.id = entry.log_id AND log.seq = entry.seq AND log.stream = ?
    WHERE entry.server_id = ? AND entry.seq < ? ORDER BY entry.seq DESC LIMIT ?`;
  assert.equal(plan(connection, sql, ['project:p1', 's', 9, 9]), [
    'SEARCH entry USING INDEX log_servers_of (server_id=? AND seq<?)',
    'SEARCH log USING INTEGER PRIMARY KEY (rowid=?)',
  ]);
});

/** Walked as they are asked for, and no further than to the limit. */
const IN_ORDER = /ORDER BY id( DESC)? LIMIT (\?|1)/;
/** Declared by hand, so few. */
const SMALL = ['SELECT flavor FROM flavors'];

test('no statement of any table walks one', ({ connection }) => {
  const texts: string[] = [];
  const client = new Proxy(connection.client, {
    get(target, key) {
      if (key !== 'prepare') return Reflect.get(target, key, target);
      return (text: string) => {
        texts.push(text);
        return target.prepare(text);
      };
    },
  });
  const spied = { ...connection, client };
  for (const Table of [ActionTable, FlavorTable, HistoryTable, InstanceTable, ServiceTable]) {
    new Table(spied);
  }
  new LogTable(spied, new Lineage(spied, systemClock));
  const audit = new AuditTable(spied);
  for (const asked of [{}, { actor: 'a' }, { subject: 's' }, { action: 'x' }, { since: 1 }, { before: 9 }]) {
    audit.page({ ...asked, limit: 1 });
  }
  assert.ok(texts.length > 30);
  const walked = texts.filter((text) => {
    const named = (text.match(/@\w+/g) ?? []).map((name) => [name.slice(1), 1]);
    const params = named.length > 0 ? [Object.fromEntries(named)] : (text.match(/\?/g) ?? []).map(() => 1);
    const tables = /^SCAN (log|log_servers|audit|instances|instance_actions|services|flavors)\b/;
    return plan(connection, text, params).some((step) => tables.test(step));
  });
  assert.equal(
    walked.filter((text) => !IN_ORDER.test(text) && !SMALL.includes(text)),
    [],
  );
});

test.run();
