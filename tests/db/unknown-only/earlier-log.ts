/**
 * A log as versions wrote it that had no second numbers, and the numbers that the rule gives its rows. The migration that
 * adds them is SQL, the rule is TypeScript: they are held together here, for both engines.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import type { Change } from '../../../client-sdk/protocol/items.ts';
import { isSeenUnknownOnly } from '../../../server/domain/unknown-only.ts';

const FOLDER = join(import.meta.dirname, '../../../migrations');
const NUMBERING = /_unknown_only\.sql$/;

/** The statements of the migrations up to the one that numbers, and its own. */
export function migrationsOf(engine: 'sqlite' | 'postgres'): { earlier: string[]; numbering: string[] } {
  const files = readdirSync(join(FOLDER, engine))
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const at = files.findIndex((name) => NUMBERING.test(name));
  const statements = (name = '') =>
    readFileSync(join(FOLDER, engine, name), 'utf8').split('--> statement-breakpoint');
  return { earlier: files.slice(0, at).flatMap(statements), numbering: statements(files[at]) };
}

export interface EarlierRow {
  readonly id: number;
  readonly stream: string;
  readonly seq: number;
  readonly entry: number;
  readonly items: string;
}

export interface EarlierLog {
  readonly rows: readonly EarlierRow[];
  /** Second numbers by id of the row; null for one that shows nothing. */
  readonly numbers: Readonly<Record<number, number | null>>;
  readonly streams: Readonly<
    Record<string, { readonly head: number; readonly unknownHead: number; readonly unknownEntry: number }>
  >;
  /** A webhook of each project that has come so far, and its place by the second numbers. */
  readonly webhooks: Readonly<Record<string, { readonly seq: number; readonly unknownSeq: number }>>;
}

const status = fc.constantFrom('UP', 'UNKNOWN', 'DOWN', 'MAINTENANCE', '');
const aDrill = { id: 'd', until: '2026-01-01T00:00:00.000Z' };
const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('transition', 'annotation', 'server_added', 'server_removed', 'drill'),
  server_id: fc.constantFrom('s1', 's2'),
  // A name may be a word that the search for candidates looks for.
  name: fc.constantFrom('vm', 'UNKNOWN', 'server_added', '"to":"UNKNOWN"', 'é\u{1f600}'),
  host_id: fc.constant('h'),
  from: fc.option(status),
  to: fc.option(status),
  cause: fc.constant('timeout'),
  at: fc.constant('2026-01-01T00:00:00.000Z'),
  drill: fc.option(fc.constant(aDrill), { nil: undefined }),
}) as fc.Arbitrary<Change>;
const STREAMS = ['project:p1', 'project:p2', 'hosts'] as const;
const commit = fc.record({
  stream: fc.constantFrom(...STREAMS),
  entry: fc.integer({ min: 0, max: 3 }),
  items: fc.array(change, { minLength: 1, maxLength: 4 }),
});

export const earlierLog: fc.Arbitrary<EarlierLog> = fc
  .tuple(fc.array(commit, { maxLength: 40 }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([commits, progress]) => {
    const heads = new Map<string, { head: number; unknownHead: number; unknownEntry: number }>();
    const numbers: Record<number, number | null> = {};
    const rows = commits.map(({ stream, entry, items }, index): EarlierRow => {
      const of = heads.get(stream) ?? { head: 0, unknownHead: 0, unknownEntry: 0 };
      const seen = stream !== 'hosts' && items.some(isSeenUnknownOnly);
      of.head += 1;
      if (seen) Object.assign(of, { unknownHead: of.unknownHead + 1, unknownEntry: entry });
      heads.set(stream, of);
      numbers[index + 1] = seen ? of.unknownHead : null;
      const shown = items.map((item) => (stream === 'hosts' ? { ...item, service_id: 'x' } : item));
      return { id: index + 1, stream, seq: of.head, entry, items: JSON.stringify(shown) };
    });
    const webhooks = ['p1', 'p2'].map((project) => {
      const own = rows.filter(({ stream }) => stream === `project:${project}`);
      const past = own.slice(0, Math.round(own.length * progress));
      const unknownSeq = Math.max(0, ...past.map(({ id }) => numbers[id] ?? 0));
      return [project, { seq: past.length, unknownSeq }];
    });
    return { rows, numbers, streams: Object.fromEntries(heads), webhooks: Object.fromEntries(webhooks) };
  });

/** What a database holds after the migration, in the form of the log's own expectation. */
export interface Found {
  readonly log: readonly { readonly id: number; readonly n: number | null }[];
  readonly streams: readonly { readonly name: string; readonly head: number; readonly entry: number }[];
  readonly webhooks: readonly { readonly project: string; readonly seq: number }[];
}

/** The same of the database and of the rule; they are compared as they stand. */
export function asExpected({ numbers, streams, webhooks }: EarlierLog): Found {
  return {
    log: Object.entries(numbers).map(([id, n]) => ({ id: Number(id), n })),
    streams: Object.entries(streams)
      .map(([name, { unknownHead: head, unknownEntry: entry }]) => ({ name, head, entry }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    webhooks: Object.entries(webhooks).map(([project, { unknownSeq: seq }]) => ({ project, seq })),
  };
}

/** As SQL, for a database that has only the earlier migrations. `commit`: PostgreSQL's log has this column. */
export function insertsOf({ rows, streams, webhooks }: EarlierLog, commit: boolean): string[] {
  const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
  const columns = `id, ${commit ? '"commit", ' : ''}stream, seq, at, items, entry`;
  return [
    ...rows.map(
      ({ id, stream, seq, items, entry }) =>
        `INSERT INTO log (${columns}) VALUES (${id}, ${commit ? `${id}, ` : ''}${text(stream)}, ${seq}, 0, ${text(items)}, ${entry})`,
    ),
    ...Object.entries(streams).map(
      ([name, { head }]) => `INSERT INTO streams (name, head, floor) VALUES (${text(name)}, ${head}, 1)`,
    ),
    ...Object.entries(webhooks).map(
      ([project, { seq }]) =>
        `INSERT INTO webhooks (id, project_id, user_id, roles, name, url, format, secret, state, seq, attempts, created_at, updated_at)
          VALUES (${text(project)}, ${text(project)}, 'u', '[]', 'w', 'http://x', 'cloudevents', 's', 'active', ${seq}, 0, 0, 0)`,
    ),
  ];
}
