/** An explanation of a large host looks at every owner, and lets others run meanwhile. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hostIdOf } from '../../server/domain/instances/host-id.ts';
import { deliveriesOf } from '../../server/explain/deliveries.ts';
import type { LogRow } from '../../server/ports/log.ts';
import { aWebhook } from '../support/builders.ts';

const test = suite('deliveries in an explanation');
const OWNERS = 400;

function rowOf(projectId: string): LogRow {
  const item = { kind: 'transition', host_id: hostIdOf(projectId, 'c1'), correlation_id: 'k' };
  return {
    stream: `project:${projectId}`,
    seq: 1,
    unknownSeq: null,
    at: 5,
    items: JSON.stringify([item]),
  } as never;
}

test('the webhooks of very many owners are read between other work', async () => {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  const ofProject = async (projectId: string) => {
    // As a read of a database in this process.
    const end = performance.now() + 0.2;
    while (performance.now() < end);
    return [aWebhook({ projectId, createdAt: 0, seq: 0 })];
  };
  const rows = Array.from({ length: OWNERS }, (_, n) => rowOf(`p${n}`));
  const change = { seq: 1, at: '2030-01-01T00:00:00Z', correlation_id: 'k', servers: OWNERS };
  const found = await deliveriesOf(
    change as never,
    { host: 'c1' },
    { explanations: { sameCommit: async () => rows }, receipts: () => [], webhooks: { ofProject } },
  );
  isOver = true;
  assert.is(found.streams.length, OWNERS + 1);
  assert.is(found.streams.at(-1)?.webhooks.length, 1);
  assert.ok(turns >= 5, `others had ${turns} turns`);
});

test('only servers on the host that is explained count, and only of the same commit', async () => {
  const rowWith = (projectId: string, ...items: readonly [host: string, correlation: string][]) => ({
    ...rowOf(projectId),
    items: JSON.stringify(
      items.map(([host, correlation_id]) => ({ host_id: hostIdOf(projectId, host), correlation_id })),
    ),
  });
  const rows = [
    rowWith('p1', ['c1', 'k'], ['c1', 'k'], ['c2', 'k'], ['c1', 'other']),
    rowWith('p2', ['c2', 'k']),
    rowWith('p3', ['c1', 'other']),
  ];
  const change = { seq: 1, at: '2030-01-01T00:00:00Z', correlation_id: 'k', servers: 2 };
  const found = await deliveriesOf(
    change as never,
    { host: 'c1' },
    {
      explanations: { sameCommit: async () => rows },
      receipts: () => [],
      webhooks: { ofProject: async () => [] },
    },
  );
  assert.equal(
    found.streams.map(({ project_id, servers }) => [project_id, servers]),
    [
      [null, 2],
      ['p1', 2],
    ],
  );
});

test.run();
