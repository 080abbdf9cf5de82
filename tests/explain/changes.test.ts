/** Which recorded changes explain a moment. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change } from '../../client-sdk/protocol/items.ts';
import { changesAround } from '../../server/explain/changes.ts';
import { countDeliveries, type Receipt } from '../../server/explain/deliveries.ts';
import type { LogRow } from '../../server/ports/log.ts';

const test = suite('changes around a moment');

const AT = Date.UTC(2030, 0, 1);

/** Seconds after AT, and what changed. */
type Made = readonly [seconds: number, from: string, to: string, more?: Partial<Change>];

/** Rows in the order in which they were committed, read page by page, newest first. */
async function around(at: number, ...made: readonly Made[]) {
  const rows = made.map(([seconds, from, to, more], n) => ({
    seq: n + 1,
    items: JSON.stringify([
      {
        kind: 'transition',
        from,
        to,
        cause: 'timeout',
        at: new Date(AT + 1_000 * seconds).toISOString(),
        ...more,
      },
    ]),
  }));
  let reads = 0;
  const page = async (before: number, limit: number) => {
    reads += 1;
    return rows
      .filter(({ seq }) => seq < before)
      .reverse()
      .slice(0, limit) as unknown as LogRow[];
  };
  const found = await changesAround(AT + 1_000 * at, page, (row) => JSON.parse(row.items) as Change[]);
  const { changes, inForce, silence, next } = found;
  return {
    changes: changes.map(({ seq }) => seq),
    inForce: inForce?.seq,
    silence: silence?.seq,
    next: next?.seq,
    reads,
  };
}

test('the change of that very moment is in force, and the one after it is next', async () => {
  const found = await around(
    5,
    [1, '', 'UP'],
    [5, 'UP', 'UNKNOWN'],
    [6, 'UNKNOWN', 'UP', { cause: 'heartbeat' }],
  );
  assert.equal(found, { changes: [2, 1], inForce: 2, silence: 2, next: 3, reads: 1 });
});

test('an annotation leaves the change before it in force', async () => {
  const found = await around(9, [1, 'UP', 'UNKNOWN'], [5, 'UNKNOWN', 'UNKNOWN', { cause: 'fence' }]);
  assert.equal([found.changes, found.inForce, found.silence], [[2, 1], 1, 1]);
});

test('a rehearsal explains nothing', async () => {
  const found = await around(9, [1, 'UP', 'UNKNOWN'], [5, 'UNKNOWN', 'DOWN', { kind: 'drill' }]);
  assert.equal([found.changes, found.inForce, found.next], [[1], 1, undefined]);
});

test('ten of many changes are shown, and a bounded part of the log is read', async () => {
  const often = Array.from(
    { length: 3_000 },
    (_, n): Made => [n - 4_000, 'UP', 'DOWN', { cause: 'forced_down' }],
  );
  const found = await around(0, ...often);
  assert.equal([found.changes.length, found.inForce, found.silence, found.reads], [10, 3_000, undefined, 20]);
});

test('all receipts are countDeliveries, and twenty are shown', () => {
  const receipts = Array.from(
    { length: 50 },
    (_, n): Receipt => ({
      session: `s${n}`,
      userId: 'u',
      state: n % 2 === 0 ? 'sent' : 'waiting',
      acknowledged: n < 10,
      filtered: false,
      endedAt: null,
    }),
  );
  const { sent, waiting, acknowledged, to } = countDeliveries(receipts);
  assert.equal([sent, waiting, acknowledged, to.length], [25, 25, 10, 20]);
});

test.run();
