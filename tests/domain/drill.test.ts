import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change, ServerState } from '../../client-sdk/protocol/items.ts';
import {
  DRILL_STATUSES,
  type Drill,
  LONGEST_DRILL,
  onDrillEnded,
  onDrillStarted,
  onTrueChanges,
  remainingOf,
} from '../../server/domain/drill.ts';
import { DomainError } from '../../server/domain/errors.ts';
import { HOST_STATUS_ORDERS, statusOf } from '../../server/domain/host-status.ts';

const test = suite('drills, the rule');

const UP: ServerState = {
  server_id: 'a',
  name: 'vm',
  host_id: 'h',
  host_status: 'UP',
  since: '2026-01-01T00:00:00.000Z',
  facts: { forced_down: false, disabled: false, live: true },
  fence: 'none',
};

const DRILL: Drill = {
  id: 'd1',
  projectId: 'p1',
  userId: 'u1',
  servers: ['a'],
  status: 'DOWN',
  startedAt: 1_000,
  endsAt: 61_000,
};

const start = (drill: Drill, state: ServerState | undefined, drills: readonly Drill[] = [], most = 9) =>
  onDrillStarted(drills, drill, () => state, most);

function refusal(act: () => unknown): DomainError {
  try {
    act();
  } catch (error) {
    assert.instance(error, DomainError);
    return error as DomainError;
  }
  throw new Error('it was not refused');
}

test('a drill shows what those facts would show, in either order', () => {
  for (const status of DRILL_STATUSES) {
    const [item] = start({ ...DRILL, status }, UP).items;
    assert.is(item?.to, status);
    for (const order of HOST_STATUS_ORDERS) assert.is(statusOf(item?.facts as never, order), status);
  }
});

test('a drill for DOWN shows a state on which it is safe to switch over', () => {
  const [item] = start(DRILL, UP).items;
  assert.equal(
    [item?.fence, item?.facts?.live, item?.heard_while_forced_down],
    ['confirmed', false, undefined],
  );
});

test('the end of a drill says the whole truth', () => {
  const truth: ServerState = {
    ...UP,
    host_status: 'MAINTENANCE',
    heard_while_forced_down: true,
    confidence: 'grace',
  };
  const { items, drills } = onDrillEnded([DRILL], 'd1', 2_000, () => truth);
  const { since: _, confidence: __, host_status, ...same } = truth;
  assert.equal(drills, []);
  assert.equal(items, [
    {
      kind: 'drill',
      from: 'DOWN',
      to: host_status,
      cause: 'drill',
      at: '1970-01-01T00:00:02.000Z',
      ...same,
      drill: { id: 'd1', until: '1970-01-01T00:01:01.000Z', ended: true },
    },
  ] as Change[]);
});

test('a drill never hides a true fault', () => {
  const down = { forced_down: true, disabled: false, live: true };
  const hidden = { forced_down: true, disabled: true, live: true };
  const silent = { forced_down: false, disabled: true, live: false };
  for (const facts of [down, hidden, silent]) {
    const { code, message } = refusal(() => start(DRILL, { ...UP, facts }));
    assert.is(code, 'conflict');
    assert.match(message, /would hide a real fault.* a$/);
  }
  const inMaintenance = { forced_down: false, disabled: true, live: true };
  assert.is(start(DRILL, { ...UP, facts: inMaintenance }).items.length, 1);
  const nowhere = { forced_down: false, disabled: false, live: false };
  assert.is(start(DRILL, { ...UP, host_status: '', facts: nowhere }).items.length, 1, 'without a host');
});

test('a refusal names the server or the limit', () => {
  const servers = ['a', 'b', 'c', 'd'];
  const absent = refusal(() => start({ ...DRILL, servers }, undefined));
  assert.equal([absent.code, absent.field], ['not_found', 'servers']);
  assert.match(absent.message, /a, b, c and 1 more$/);
  const twice = refusal(() => start(DRILL, UP, [{ ...DRILL, id: 'd0' }]));
  assert.match(twice.message, /there is a drill already of server a/);
  const tooMany = refusal(() => start(DRILL, UP, [{ ...DRILL, id: 'd0', servers: ['z'] }], 1));
  assert.match(tooMany.message, /limit of 1 drills/);
});

test('changes of other servers leave drills and changes as they are', () => {
  const changes = [{ server_id: 'b' }] as Change[];
  const after = onTrueChanges([DRILL], changes);
  assert.is(after.changes, changes);
  assert.equal(after.drills, [DRILL]);
});

test('the first of several changes of a server ends its drill, and says so alone', () => {
  const changes = ['DOWN', 'UP'].map((to) => ({ kind: 'transition', server_id: 'a', to })) as Change[];
  const after = onTrueChanges([DRILL], changes);
  assert.equal(
    after.changes.map(({ drill }) => drill?.ended),
    [true, undefined],
  );
});

test('no drill lasts longer than it was made for, whatever the clock says', () => {
  assert.is(remainingOf(DRILL, 21_000), 40_000);
  assert.is(remainingOf(DRILL, 90_000), 0, 'its end fell into an outage');
  assert.is(remainingOf(DRILL, -3_600_000), 60_000, 'the clock was set back');
  assert.is(remainingOf({ ...DRILL, endsAt: Number.MAX_SAFE_INTEGER }, 1_000), LONGEST_DRILL);
});

test.run();
