/**
 * What a commit and a list cost on PostgreSQL, beside SQLite and beside the same statements without hostbeat, in turn in one
 * run. PostgreSQL is one of Debian's on this machine, with a flush at each commit; SQLite's file is on the same disk.
 */
import { type Database, openDatabase } from '../../db/open.ts';
import { systemClock as clock } from '../../server/runtime/clock.ts';
import { startCluster } from '../../tests/support/postgres/cluster.ts';
import { temporaryFolder } from '../../tests/support/process.ts';
import { TEST_RULES as rules } from '../../tests/support/store.ts';
import { debiansPostgres } from '../support/engine.ts';
import { median, Report, round, spread } from '../support/report.ts';
import { bareClient, Recorder, replay } from './bare.ts';
import { fill, force, HOSTS, LARGE, largeHost, ownerOf, SMALL, smallHost } from './site.ts';

const PASSES = 3;
const COMMITS = 100;
const LISTS = 60;
const PAGE = 1_000;

const bin = debiansPostgres();
const report = new Report('commits');
const recorder = new Recorder();
const cluster = await startCluster(bin, { fsync: 'on' });
await using folder = await temporaryFolder();
const options = { clock, rules };
const filled = async (url: string) => {
  const database = await openDatabase(url, options);
  await fill(database);
  await database.close();
};
await filled(cluster.url);
await filled(`sqlite:${folder.path}/bench.db`);

// The state that the recorded statements find. Nobody may be connected to the original while it is copied.
const other = await bareClient(cluster.url.replace(/postgres$/, 'template1'));
await other.query('CREATE DATABASE copy TEMPLATE postgres');
await other.end();
const copy = await bareClient(cluster.url.replace(/postgres$/, 'copy'));
const first = await openDatabase(cluster.url, { ...options, asNode: {} });
const second = await openDatabase(cluster.url, { ...options, asNode: {} });
const sqlite = await openDatabase(`sqlite:${folder.path}/bench.db`, options);

type Work = (database: Database, n: number) => Promise<unknown>;
const took = new Map<string, number[]>();
const add = (what: string, values: readonly number[]) =>
  took.set(what, [...(took.get(what) ?? []), ...values]);

async function timed(database: Database, times: number, from: number, work: Work): Promise<number[]> {
  const all: number[] = [];
  for (let n = from; n < from + times; n += 1) {
    const began = performance.now();
    await work(database, n);
    all.push(performance.now() - began);
  }
  return all;
}

/** In turn: PostgreSQL, what it was sent again without hostbeat, SQLite. The first pass does not count. */
async function commits(what: string, times: number, work: Work): Promise<void> {
  for (let pass = 0; pass <= PASSES; pass += 1) {
    recorder.recording = true;
    const ours = await timed(first, times, pass * times, work);
    recorder.recording = false;
    const again = await replay(copy, recorder.take());
    const file = await timed(sqlite, times, pass * times, work);
    if (pass === 0) continue;
    add(`${what}: PostgreSQL`, ours);
    // Of work of several transactions the sum counts.
    add(`${what}: bare`, inParts(again, times));
    add(`${what}: SQLite`, file);
  }
  ratios(what);
}

function inParts(all: readonly number[], parts: number): number[] {
  const each = all.length / parts;
  return Array.from({ length: parts }, (_, n) =>
    all.slice(Math.floor(n * each), Math.floor((n + 1) * each)).reduce((sum, one) => sum + one, 0),
  );
}

function ratios(what: string): void {
  const of = (side: string) => took.get(`${what}: ${side}`) ?? [];
  for (const side of ['PostgreSQL', 'bare', 'SQLite']) report.add(`${what}, ${side}`, 'ms', spread(of(side)));
  report.add(what, 'ratio of medians', {
    'PostgreSQL / bare': round(median(of('PostgreSQL')) / median(of('bare'))),
    'PostgreSQL / SQLite': round(median(of('PostgreSQL')) / median(of('SQLite'))),
  });
}

const flip = (n: number) => Math.floor(n / HOSTS) % 2 === 0;
await commits(`a host of ${SMALL} servers forced down or up`, COMMITS, (database, n) =>
  force(database, smallHost(n), flip(n)),
);
await commits(`a host of ${LARGE} servers forced down or up`, COMMITS, (database, n) =>
  force(database, largeHost(n), flip(n)),
);
await commits(`${HOSTS} hosts of ${LARGE} servers at once, last commit`, 2, (database, n) =>
  Promise.all(Array.from({ length: HOSTS }, (_, host) => force(database, largeHost(host), n % 2 === 0))),
);
await commits(`${HOSTS} hosts of ${SMALL} servers at once, last commit`, 10, (database, n) =>
  Promise.all(Array.from({ length: HOSTS }, (_, host) => force(database, smallHost(host), n % 2 === 0))),
);

// From the end of the commit at one node until another one announces it.
const late: number[] = [];
let announced: (at: number) => void = () => undefined;
second.store.onCommit(() => announced(performance.now()));
for (let n = 0; n < 2 * COMMITS; n += 1) {
  const seen = new Promise<number>((resolve) => {
    announced = resolve;
  });
  await force(first, smallHost(n), flip(n));
  const committed = performance.now();
  late.push(Math.max(0, (await seen) - committed));
}
report.add('committed at one node → announced at another', 'ms', spread(late));

for (const [what, work] of [
  [
    `a page of ${PAGE} servers of all`,
    ({ store }) => store.instances({ filter: { deleted: false }, sort: [], limit: PAGE }),
  ],
  [
    `a page of ${PAGE} servers of an owner`,
    ({ store }, n) =>
      store.instances({ filter: { deleted: false, projectId: ownerOf(n) }, sort: [], limit: PAGE }),
  ],
] as [string, Work][]) {
  const rows = copy.query.bind(copy);
  for (let pass = 0; pass <= PASSES; pass += 1) {
    const ours = await timed(first, LISTS, 0, work);
    const file = await timed(sqlite, LISTS, 0, work);
    const again = await timed(first, LISTS, 0, async (_, n) => {
      const ofOwner = what.includes('owner') ? `AND project_id = '${ownerOf(n)}'` : '';
      const { rows: found } = await rows(
        `SELECT * FROM instances WHERE deleted_at IS NULL ${ofOwner} ORDER BY created_at DESC, id LIMIT ${PAGE}`,
      );
      return JSON.stringify(found);
    });
    if (pass === 0) continue;
    add(`${what}: PostgreSQL`, ours);
    add(`${what}: bare`, again);
    add(`${what}: SQLite`, file);
  }
  ratios(what);
}
await copy.end();
await sqlite.close();
await second.close();
await first.close();
await cluster.close();
report.finish();
