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
import { itemsIn, type StreamView, statesIn, viewOf } from '../../server/stream/view.ts';

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

const UNKNOWN_ONLY: StreamView = { visibility: 'unknown-only' };

/** What an owner under "unknown-only" could tell apart: nothing else may differ in what it is shown. */
function hide(item: ChangeItem): ChangeItem {
  const blank = (value: HostStatus | null | undefined) =>
    value === 'UNKNOWN' || value === null || value === undefined ? value : 'UP';
  return { ...item, from: blank(item.from), to: blank(item.to) };
}

test('under unknown-only two changes that differ in hidden values look alike', () => {
  fc.assert(
    fc.property(change, facts, fc.constantFrom('other', null), (item, otherFacts, reason) => {
      const twin = hide({ ...item, facts: otherFacts, reason });
      assert.equal(itemsIn(UNKNOWN_ONLY, [item]), itemsIn(UNKNOWN_ONLY, [twin]));
    }),
  );
});

test('under unknown-only nothing hidden is shown, and the items still fit the schema', () => {
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
      if ((item.from === 'UNKNOWN') !== (item.to === 'UNKNOWN'))
        assert.is(shown, item.kind === 'drill' ? 0 : 1);
    }),
  );
});

test('an empty list of servers selects nothing, and is not the absence of a filter', () => {
  const entitlement = { stream: 'project:p1', visibility: 'all' } as const;
  const none = viewOf({ servers: [] }, entitlement);
  const all = viewOf({}, entitlement);
  fc.assert(
    fc.property(fc.array(change), (items) => {
      assert.equal(itemsIn(none, items), []);
      assert.equal(itemsIn(all, items), items);
    }),
  );
});

test('a filter by host_status shows changes from or to it, one by server its own', () => {
  fc.assert(
    fc.property(fc.array(change), fc.subarray([...HOST_STATUSES]), (items, values) => {
      const view: StreamView = {
        visibility: 'all',
        hostStatus: new Set<HostStatus | null | undefined>(values),
        servers: new Set(['a', 'b']),
      };
      const expected = items.filter(
        ({ server_id, from, to }) =>
          server_id !== 'c' && values.some((value) => value === from || value === to),
      );
      const shown = itemsIn(view, items);
      for (const item of expected) assert.ok(shown.includes(item), 'what comes from or goes to a value');
      for (const item of shown as readonly Change[]) {
        if (expected.includes(item) || ['annotation', 'drill'].includes(item.kind)) continue;
        const { facts } = item;
        const isFact =
          (values.includes('DOWN') && (facts?.forced_down || item.from === 'MAINTENANCE')) ||
          (values.includes('MAINTENANCE') && (facts?.disabled || item.from === 'DOWN'));
        assert.ok(isFact || item.kind.endsWith('_removed'), 'nothing else but facts that a status hides');
      }
    }),
  );
});

test('the snapshot under "unknown-only" says since when only of what is UNKNOWN', () => {
  const state = { server_id: 'a', name: 'vm', host_id: 'h', since: '2026-01-01T00:00:00.000Z' };
  const hidden = { facts: { forced_down: true, disabled: false, live: true }, reason: 'why' };
  const shown = statesIn(UNKNOWN_ONLY, [
    { ...state, ...hidden, host_status: 'UNKNOWN' },
    { ...state, ...hidden, host_status: 'DOWN' },
  ]);
  const { since, ...unsaid } = state;
  assert.equal(shown, [{ ...state, host_status: 'UNKNOWN' }, unsaid]);
  for (const it of shown) ServerState.parse(it);
});

const MAINTENANCE_AND_DOWN = { forced_down: true, disabled: true, live: true };

test('no filter hides a fact: a declared DOWN in maintenance passes a filter for DOWN', () => {
  const view: StreamView = {
    visibility: 'all',
    hostStatus: new Set<HostStatus | null | undefined>(['DOWN']),
  };
  const item = {
    server_id: 'a',
    name: 'vm',
    host_id: 'h',
    at: '2026-01-01T00:00:00.000Z',
    cause: 'forced_down',
    from: 'MAINTENANCE',
    to: 'MAINTENANCE',
    kind: 'annotation',
    facts: MAINTENANCE_AND_DOWN,
  } as const;
  const lifted = {
    ...item,
    kind: 'transition',
    to: 'UP',
    facts: { ...item.facts, forced_down: false, disabled: false },
  } as const;
  const placed = {
    ...lifted,
    cause: 'placement',
    from: 'UP',
    to: 'MAINTENANCE',
    facts: MAINTENANCE_AND_DOWN,
  } as const;
  const removed = { ...lifted, kind: 'server_removed', to: null } as const;
  for (const it of [item, lifted, placed, removed]) assert.equal(itemsIn(view, [it]), [it]);
  const disabled = {
    ...lifted,
    cause: 'disabled',
    from: 'UP',
    to: 'MAINTENANCE',
    facts: { ...item.facts, forced_down: false },
  } as const;
  assert.equal(itemsIn(view, [disabled]), []);
  const state = {
    server_id: 'a',
    name: 'vm',
    host_id: 'h',
    host_status: 'MAINTENANCE',
    facts: MAINTENANCE_AND_DOWN,
  } as const;
  assert.equal(statesIn(view, [state]), [state]);
});

const DRILLED = {
  server_id: 'a',
  name: 'vm',
  host_id: 'h',
  at: '2026-01-01T00:00:00.000Z',
  kind: 'drill',
  cause: 'drill',
  from: 'UP',
  to: 'UNKNOWN',
  facts: { forced_down: false, disabled: false, live: false },
  drill: { id: 'd1', until: '2026-01-01T00:01:00.000Z' },
} as const;

test('under "unknown-only" a drill is not shown, and the truth that ends it is', () => {
  const ended = { ...DRILLED, from: 'UNKNOWN', to: 'UP', drill: { ...DRILLED.drill, ended: true } } as const;
  assert.equal(itemsIn(UNKNOWN_ONLY, [DRILLED, ended]), []);
  const truth: Change = { ...ended, kind: 'transition', cause: 'timeout', from: 'UP', to: 'UNKNOWN' };
  const [shown] = itemsIn(UNKNOWN_ONLY, [truth]) as Change[];
  assert.equal([shown?.to, shown?.drill], ['UNKNOWN', undefined]);
});

test('a true change that ends a drill passes every filter by status, as the drill did', () => {
  const view: StreamView = {
    visibility: 'all',
    hostStatus: new Set<HostStatus | null | undefined>(['DOWN']),
  };
  const truth: Change = {
    ...DRILLED,
    kind: 'transition',
    cause: 'disabled',
    from: 'UP',
    to: 'MAINTENANCE',
    facts: { forced_down: false, disabled: true, live: true },
    drill: { ...DRILLED.drill, ended: true },
  };
  const { drill: _, ...unmarked } = truth;
  assert.equal(itemsIn(view, [DRILLED, truth, unmarked]), [DRILLED, truth]);
});

test.run();
