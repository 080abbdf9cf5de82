/** Copies a whole SQLite file to PostgreSQL in one transaction: all of it or nothing. */
import type { AuditEntry } from '../../server/domain/audit.ts';
import type { Queryable } from '../postgres/connection/driver.ts';
import { sqlState } from '../postgres/connection/driver.ts';
import { openEmpty } from '../postgres/connection/empty.ts';
import { jsonOf, recordset } from '../postgres/tables/recordset.ts';
import { DatabaseRefused } from '../refused.ts';
import { openSource, type Source } from '../sqlite/file/source.ts';
import { isPostgres, sqlitePath } from '../url.ts';
import { ADDED, sumOf, TRANSFERS, type Transfer } from './tables.ts';

const ROWS_AT_ONCE = 1_000;
const BYTES_AT_ONCE = 4 << 20;

export interface TransferOptions {
  readonly progress: (what: string, done: number, of: number) => void;
  /** For the audit log of the target. */
  readonly entry: AuditEntry;
}
export type Counts = Readonly<Record<string, number>>;

/**
 * Cursors, ids, keys and the epoch stay the same: clients see a restart and nothing more.
 * @returns how many rows each table has now, equal to the file's
 * @throws DatabaseRefused saying why; the target is then unchanged
 */
export async function transfer(from: string, to: string, options: TransferOptions): Promise<Counts> {
  if (isPostgres(from)) throw unsupported('--from names PostgreSQL: it must be the file, as sqlite:PATH');
  if (!isPostgres(to)) throw unsupported('--to must name PostgreSQL, as postgres://USER@HOST/DATABASE');
  const path = sqlitePath(from);
  if (path === ':memory:') throw unsupported('--from sqlite::memory: holds nothing: name a file');
  const source = openSource(path);
  try {
    const target = await openEmpty(to);
    try {
      return await copied(source, target, options);
    } finally {
      await target.close();
    }
  } finally {
    source.close();
  }
}

async function copied(
  source: Source,
  target: Awaited<ReturnType<typeof openEmpty>>,
  { progress, entry }: TransferOptions,
): Promise<Counts> {
  const counts = Object.fromEntries(
    TRANSFERS.map(({ name, from }) => [name, Number(source.value(`SELECT count(*) FROM ${from}`))]),
  );
  const all = Object.values(counts).reduce((sum, n) => sum + n, 0);
  let done = 0;
  await target.fill(async (asked) => {
    for (const each of TRANSFERS) {
      for (const batch of batches(source, each)) {
        await insert(asked, each, batch);
        done += batch.length;
        progress(`rows, now ${each.name}`, done, all);
      }
    }
    await begin(asked, source, target.origin);
    for (const each of TRANSFERS) await compare(asked, source, each);
    await asked.query({
      text: `INSERT INTO audit (at, actor, address, action, subject, changes, nth)
        SELECT $1, $2, $3, $4, $5, $6, coalesce(max(nth), 0) + 1 FROM audit WHERE share = ''`,
      values: [entry.at, entry.actor, entry.from, entry.action, entry.subject, JSON.stringify(entry.changes)],
    });
  });
  return counts;
}

/** Bounded by the number of rows and by their size. */
function* batches(source: Source, { fields, from }: Transfer): Iterable<Record<string, unknown>[]> {
  const columns = fields.map(({ key, column }) => `"${column}" AS "${key}"`).join(', ');
  let batch: Record<string, unknown>[] = [];
  let bytes = 0;
  for (const row of source.rows(`SELECT ${columns} FROM ${from} ORDER BY 1`)) {
    batch.push(row);
    for (const value of Object.values(row)) bytes += typeof value === 'string' ? value.length : 8;
    if (batch.length < ROWS_AT_ONCE && bytes < BYTES_AT_ONCE) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

async function insert(
  asked: Queryable,
  { name, fields }: Transfer,
  batch: readonly Record<string, unknown>[],
): Promise<void> {
  const added = Object.entries(ADDED).filter(([column]) => column.startsWith(`${name}.`));
  const columns = [
    ...fields.map(({ column }) => `"${column}"`),
    ...added.map(([column]) => `"${column.slice(name.length + 1)}"`),
  ];
  const values = [...fields.map(({ key }) => `r."${key}"`), ...added.map(([, value]) => value)];
  try {
    await asked.query({
      text: `INSERT INTO "${name}" (${columns.join(', ')}) OVERRIDING SYSTEM VALUE SELECT ${values.join(', ')} FROM ${recordset(fields)}`,
      values: [jsonOf(batch)],
    });
  } catch (error) {
    if (sqlState(error)?.startsWith('22') !== true && sqlState(error)?.startsWith('23') !== true) throw error;
    const first = Object.values(batch[0] ?? {})[0];
    throw new DatabaseRefused(
      'damaged',
      `the table ${name} has a row that PostgreSQL does not take, of ${batch.length} from "${first}" on (${(error as Error).message}); nothing was copied`,
      { cause: error },
    );
  }
}

/** What PostgreSQL has besides the tables: the order of commits, the keys, and the next numbers. */
async function begin(asked: Queryable, source: Source, origin: string): Promise<void> {
  const [epoch, key, createdAt] = source.row('SELECT epoch, signing_key, created_at FROM meta');
  await asked.query({
    text: 'INSERT INTO meta (epoch, signing_key, created_at, origin) VALUES ($1, $2, $3, $4)',
    values: [epoch, key, createdAt, origin],
  });
  for (const { id, key, created_at, earlier_until } of source.rows('SELECT * FROM cursor_keys ORDER BY id'))
    await asked.query({
      text: 'INSERT INTO cursor_keys (id, key, created_at, earlier_until) VALUES ($1, $2, $3, $4)',
      values: [id, key, created_at, earlier_until],
    });
  const lastService = source.value(
    `SELECT max(coalesce((SELECT max(id) FROM services), 0), coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'services'), 0))`,
  );
  await asked.query({
    text: 'INSERT INTO head (head, fence, next_service_id, entry) VALUES (1, 0, $1, 0)',
    values: [Number(lastService) + 1],
  });
  await asked.query({
    text: `INSERT INTO commits (id, at, node, nonce, log_up_to) SELECT 1, $1, 0, 0, coalesce(max(id), 0) FROM log`,
    values: [createdAt],
  });
  await asked.query({
    text: 'INSERT INTO history_place (up_to) SELECT coalesce((SELECT log_id FROM log_servers ORDER BY id DESC LIMIT 1), 0)',
  });
  for (const { name } of TRANSFERS.filter(({ counted }) => counted)) {
    const last = source.value(
      `SELECT max(coalesce((SELECT max(id) FROM "${name}"), 0), coalesce((SELECT seq FROM sqlite_sequence WHERE name = '${name}'), 0))`,
    );
    await asked.query({
      text: `SELECT setval(pg_get_serial_sequence($1, 'id'), $2::bigint, false)`,
      values: [name, Number(last) + 1],
    });
  }
}

/** @throws DatabaseRefused `damaged` if PostgreSQL does not have what the file has */
async function compare(asked: Queryable, source: Source, { name, fields, from }: Transfer): Promise<void> {
  const sums = (engine: 'sqlite' | 'postgres') =>
    ['count(*)', ...fields.map((field) => sumOf(field, engine))].join(', ');
  const there = source.row(`SELECT ${sums('sqlite')} FROM ${from}`).map(Number);
  const { rows } = await asked.query({
    text: `SELECT ${sums('postgres')} FROM "${name}"`,
    rowMode: 'array',
  });
  const here = (rows[0] as unknown as readonly unknown[]).map(Number);
  const differs = there.findIndex((value, n) => value !== here[n]);
  if (differs < 0) return;
  const what = differs === 0 ? 'rows' : `column ${fields[differs - 1]?.column}`;
  throw new DatabaseRefused(
    'damaged',
    `the table ${name} is not in PostgreSQL as it is in the file (${what}: ${here[differs]} for ${there[differs]}); nothing was copied`,
  );
}

function unsupported(message: string): DatabaseRefused {
  return new DatabaseRefused('unsupported', message);
}
