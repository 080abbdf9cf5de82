/** Statements of lists on PostgreSQL: a few at once, and two of one project, so that connections are left for others. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ComputeReads } from '../../../db/postgres/compute-reads.ts';
import type { Reads } from '../../../db/postgres/connection/reads.ts';
import { InstanceQueries } from '../../../db/postgres/queries/instances.ts';
import type { DomainError } from '../../../server/domain/errors.ts';

const test = suite('statements of lists on PostgreSQL');

/** A database that answers only when it is let. */
function slowDatabase() {
  const asked: { readonly values: readonly unknown[]; readonly answer: (rows: unknown[]) => void }[] = [];
  const reads = {
    rows: ({ values = [] }: { values?: readonly unknown[] }) =>
      new Promise<unknown[]>((answer) => asked.push({ values, answer })),
  } as unknown as Reads;
  const lists = new InstanceQueries(reads, 'documented');
  const compute = new ComputeReads(reads, { order: 'documented' });
  const list = (projectId: string, signal?: AbortSignal) =>
    lists.page({ filter: { projectId }, sort: [], limit: 10, signal });
  /** The projects whose statements are under way. */
  const projects = () => asked.map(({ values }) => values.find((value) => /^p\d$/.test(String(value))));
  return { asked, list, compute, projects };
}

test('a project has two statements under way, and another one its own', async () => {
  const { list, projects } = slowDatabase();
  for (let n = 0; n < 10; n += 1) void list('p1');
  void list('p2');
  await nextTurn();
  assert.equal(projects(), ['p1', 'p1', 'p2']);
});

test('the next turn is that of the project that waits for the longest time', async () => {
  const { asked, list, projects } = slowDatabase();
  for (const project of ['p1', 'p1', 'p2', 'p2', 'p1', 'p3']) void list(project);
  await nextTurn();
  assert.equal(projects(), ['p1', 'p1', 'p2', 'p2']);
  asked[2]?.answer([]);
  await nextTurn();
  assert.equal(projects().at(-1), 'p3');
});

test('lists beyond those that may wait are refused, and those of a client that left', async () => {
  const { asked, list } = slowDatabase();
  const leaving = new AbortController();
  for (let n = 0; n < 65; n += 1) void list('p1');
  const left = list('p1', leaving.signal).catch((error: DomainError) => error.message);
  const refused = await list('p1').catch((error: DomainError) => error.code);
  assert.is(refused, 'too_many');
  leaving.abort();
  assert.match(String(await left), /client is gone/);
  assert.is(asked.length, 2);
});

test('usage and flavors take the turns of lists', async () => {
  const { asked, compute } = slowDatabase();
  const answers = [
    ...Array.from({ length: 20 }, () => compute.usage({ projectId: 'p1' })),
    ...Array.from({ length: 20 }, () => compute.flavors('p1')),
    ...Array.from({ length: 20 }, () =>
      compute.instances({ filter: { projectId: 'p1' }, sort: [], limit: 1 }),
    ),
  ];
  await nextTurn();
  assert.is(asked.length, 4, 'two sums, of two statements each');
  await nextTurn();
  assert.is(asked.length, 4, 'and nothing else of this project');
  void compute.usage({ projectId: 'p2' });
  await nextTurn();
  assert.is(asked.length, 6, 'while another one has its own');
  for (let n = 0; n < asked.length; n += 1) {
    asked[n]?.answer([]);
    await nextTurn();
  }
  assert.is((await Promise.all(answers)).length, 60);
});

test('sums beyond those that may wait are refused', async () => {
  const { compute } = slowDatabase();
  for (let n = 0; n < 66; n += 1) void compute.usage({ projectId: 'p1' });
  assert.is(await compute.usage({ projectId: 'p1' }).catch((error: DomainError) => error.code), 'too_many');
  assert.is(await compute.flavors('p1').catch((error: DomainError) => error.code), 'too_many');
});

test.run();
