import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { HOST_STATUSES, type HostStatus } from '../../client-sdk/protocol/host-status.ts';
import {
  CAUSES,
  CHANGE_KINDS,
  Change,
  type Change as ChangeItem,
  ServerState,
} from '../../client-sdk/protocol/items.ts';
import { itemsIn, statesIn, type View } from '../../server/stream/view.ts';

const test = suite('view');

const status = fc.constantFrom(...HOST_STATUSES);
const facts = fc.record({ forced_down: fc.boolean(), disabled: fc.boolean(), live: fc.boolean() });
const change = fc.record({
  kind: fc.constantFrom(...CHANGE_KINDS),
  server_id: fc.constantFrom('a', 'b', 'c'),
  name: fc.constant('vm'),
  host_id: fc.constant('h'),
  from: fc.option(status),
  to: fc.option(status),
  facts,
  cause: fc.constantFrom(...CAUSES),
  at: fc.constant('2026-01-01T00:00:00.000Z'),
  reason: fc.constant('why'),
  correlation_id: fc.constant('c1'),
}) as fc.Arbitrary<ChangeItem>;

const UNKNOWN_ONLY: View = { visibility: 'unknown-only' };

/** What an owner under "unknown-only" could tell apart: nothing else may differ in what it is shown. */
function hide(item: ChangeItem): ChangeItem {
  const blank = (value: HostStatus | null | undefined) =>
    value === 'UNKNOWN' || value === null || value === undefined ? value : 'UP';
  return { ...item, from: blank(item.from), to: blank(item.to) };
}

test('under "unknown-only" two changes that differ only in what is hidden are shown alike', () => {
  fc.assert(
    fc.property(change, facts, fc.constantFrom('other', null), (item, otherFacts, reason) => {
      const twin = hide({ ...item, facts: otherFacts, reason });
      assert.equal(itemsIn(UNKNOWN_ONLY, [item]), itemsIn(UNKNOWN_ONLY, [twin]));
    }),
  );
});

test('under "unknown-only" no word of what is hidden is said, and what is said is still of the schema', () => {
  fc.assert(
    fc.property(change, (item) => {
      for (const shown of itemsIn(UNKNOWN_ONLY, [item])) {
        Change.parse(shown);
        assert.not.match(
          JSON.stringify(shown),
          /DOWN|MAINTENANCE|"UP"|forced|disabled|maintenance|facts|why|c1/,
        );
      }
    }),
  );
});

test('entering and leaving UNKNOWN are always shown', () => {
  fc.assert(
    fc.property(change, (item) => {
      const shown = itemsIn(UNKNOWN_ONLY, [item]).length;
      if ((item.from === 'UNKNOWN') !== (item.to === 'UNKNOWN')) assert.is(shown, 1);
    }),
  );
});

test('a filter by host_status shows what comes from or goes to one of the values, and a filter by server its own', () => {
  fc.assert(
    fc.property(fc.array(change), fc.subarray([...HOST_STATUSES]), (items, values) => {
      const view: View = {
        visibility: 'all',
        hostStatus: new Set<HostStatus | null | undefined>(values),
        servers: new Set(['a', 'b']),
      };
      const expected = items.filter(
        ({ server_id, from, to }) =>
          server_id !== 'c' && values.some((value) => value === from || value === to),
      );
      assert.equal(itemsIn(view, items), expected);
    }),
  );
});

test('the snapshot under "unknown-only" says since when only of what is UNKNOWN', () => {
  const at = Date.UTC(2026, 5, 1);
  const state = { server_id: 'a', name: 'vm', host_id: 'h', since: '2026-01-01T00:00:00.000Z' };
  const hidden = { facts: { forced_down: true, disabled: false, live: true }, reason: 'why' };
  const shown = statesIn(
    UNKNOWN_ONLY,
    [
      { ...state, ...hidden, host_status: 'UNKNOWN' },
      { ...state, ...hidden, host_status: 'DOWN' },
    ],
    at,
  );
  assert.equal(shown, [
    { ...state, host_status: 'UNKNOWN' },
    { ...state, since: '2026-06-01T00:00:00.000Z' },
  ]);
  for (const it of shown) ServerState.parse(it);
});

test.run();
