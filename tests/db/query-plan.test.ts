/** A page must cost what it shows, not what the table holds: no list may walk the table or sort all of it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Connection } from '../../db/sqlite/file/connection.ts';
import { openConnection } from '../../db/sqlite/file/open.ts';
import { InstanceQueries } from '../../db/sqlite/queries/instances.ts';
import { rangesAfter, wholeOrder } from '../../db/sqlite/queries/keyset-paging.ts';
import { ActionTable } from '../../db/sqlite/tables/actions.ts';
import { AuditTable } from '../../db/sqlite/tables/audit.ts';
import { FlavorTable } from '../../db/sqlite/tables/flavors.ts';
import { HistoryTable } from '../../db/sqlite/tables/history.ts';
import { InstanceTable } from '../../db/sqlite/tables/instances.ts';
import { Lineage } from '../../db/sqlite/tables/lineage.ts';
import { LogTable } from '../../db/sqlite/tables/log.ts';
import { ServiceTable } from '../../db/sqlite/tables/services.ts';
import type { Instance } from '../../server/domain/instance.ts';
import type { InstanceQuery } from '../../server/instance-query.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { anInstance } from '../support/builders.ts';

const test = suite<{ connection: Connection & { close(): void } }>('SQLite: query plans');

test.before(async (context) => {
  context.connection = await openConnection(':memory:');
});

test.after(({ connection }) => connection.close());

const MARKER = anInstance();

/** Each list a client asks for often, and how it must be answered: also a page amid a bulk import, which is one long tie. */
const LISTS: [text: string, query: Partial<InstanceQuery>, marker: Instance | undefined, plan: string[]][] = [
  ['all servers', { filter: { deleted: false } }, undefined, ['SCAN instances USING INDEX instances_listed']],
  [
    'a later page of all servers',
    { filter: { deleted: false } },
    MARKER,
    [
      'SEARCH instances USING INDEX instances_listed (created_at=? AND id>?)',
      'SEARCH instances USING INDEX instances_listed (created_at<?)',
    ],
  ],
  [
    "a project's servers",
    { filter: { deleted: false, projectId: 'p' } },
    undefined,
    ['SEARCH instances USING INDEX instances_of_project_listed (project_id=?)'],
  ],
  [
    "a later page of a project's servers",
    { filter: { deleted: false, projectId: 'p' } },
    MARKER,
    [
      'SEARCH instances USING INDEX instances_of_project_listed (project_id=? AND created_at=? AND id>?)',
      'SEARCH instances USING INDEX instances_of_project_listed (project_id=? AND created_at<?)',
    ],
  ],
  [
    "a project's deleted servers",
    { filter: { deleted: true, projectId: 'p' } },
    undefined,
    ['SEARCH instances USING INDEX instances_deleted (project_id=?)'],
  ],
  [
    // The index by flavor has another order: it would sort all servers of a flavor for one page.
    'servers of a flavor',
    { filter: { deleted: false, flavorId: 'f' } },
    undefined,
    ['SCAN instances USING INDEX instances_listed'],
  ],
  [
    "a project's servers of a flavor",
    { filter: { deleted: false, projectId: 'p', flavorId: 'f' } },
    undefined,
    ['SEARCH instances USING INDEX instances_of_project_listed (project_id=?)'],
  ],
  [
    'what stands on a host',
    { filter: { deleted: false, host: 'h' } },
    undefined,
    ['SEARCH instances USING INDEX instances_on_host_listed (host=?)'],
  ],
  [
    'a later page of what stands on a host',
    { filter: { deleted: false, host: 'h' } },
    MARKER,
    [
      'SEARCH instances USING INDEX instances_on_host_listed (host=? AND created_at=? AND id>?)',
      'SEARCH instances USING INDEX instances_on_host_listed (host=? AND created_at<?)',
    ],
  ],
  [
    'all servers by name',
    { filter: { deleted: false }, sort: [{ key: 'name', direction: 'asc' }] },
    MARKER,
    [
      'SEARCH instances USING INDEX instances_named (name=? AND id>?)',
      'SEARCH instances USING INDEX instances_named (name>?)',
    ],
  ],
  [
    // Who shares a name is few: only they are sorted.
    'all servers by name, the other way round, as Nova breaks ties',
    {
      filter: { deleted: false },
      sort: [
        { key: 'name', direction: 'desc' },
        { key: 'id', direction: 'asc' },
      ],
    },
    undefined,
    ['SCAN instances USING INDEX instances_named', 'USE TEMP B-TREE FOR LAST TERM OF ORDER BY'],
  ],
  [
    "a project's servers by name: what it has is sorted",
    { filter: { deleted: false, projectId: 'p' }, sort: [{ key: 'name', direction: 'asc' }] },
    undefined,
    ['SEARCH instances USING INDEX instances_of_project (project_id=?)', 'USE TEMP B-TREE FOR ORDER BY'],
  ],
  [
    'all servers, oldest first',
    {
      filter: { deleted: false },
      sort: [
        { key: 'createdAt', direction: 'asc' },
        { key: 'id', direction: 'asc' },
      ],
    },
    undefined,
    ['SCAN instances USING INDEX instances_listed', 'USE TEMP B-TREE FOR LAST TERM OF ORDER BY'],
  ],
  [
    'what changed since, of all',
    { filter: { changedSince: 5 } },
    undefined,
    ['SEARCH instances USING INDEX instances_changed (updated_at>?)', 'USE TEMP B-TREE FOR ORDER BY'],
  ],
  [
    'what changed in a project since',
    { filter: { projectId: 'p', changedSince: 5 } },
    undefined,
    [
      'SEARCH instances USING INDEX instances_of_project_changed (project_id=? AND updated_at>?)',
      'USE TEMP B-TREE FOR ORDER BY',
    ],
  ],
];

for (const [text, query, marker, expected] of LISTS) {
  test(`${text}: by index`, ({ connection }) => {
    const tables = { instances: new InstanceTable(connection), services: new ServiceTable(connection) };
    const queries = new InstanceQueries(connection, tables, 'documented');
    const ranges = marker ? rangesAfter(wholeOrder(query.sort ?? []), marker) : [undefined];
    const plans = ranges.flatMap((range) => {
      const statement = queries.select({ filter: {}, sort: [], limit: 10, ...query }, range);
      return plan(connection, statement.sql, statement.params);
    });
    assert.equal(plans, expected);
  });
}

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
    'SEARCH instances USING INDEX instances_of_flavor (flavor_id>?)',
  ],
  [
    'how many servers of a flavor an owner has is counted in it',
    'SELECT count(*) FROM instances WHERE deleted_at IS NULL AND flavor_id = ? AND project_id = ?',
    'SEARCH instances USING INDEX instances_of_flavor (flavor_id=? AND project_id=?)',
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

function plan({ client }: Connection, sql: string, params: readonly unknown[]): string[] {
  const steps = client.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...params) as { detail: string }[];
  return steps.map(({ detail }) => detail);
}

test.run();
