/** An explanation of a large host looks at every owner, and lets others run meanwhile. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { hostIdOf } from '../../server/domain/instances/host-id.ts';
import { deliveriesOf } from '../../server/explain/deliveries.ts';
import type { LogRow } from '../../server/ports/store.ts';
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

test.run();
