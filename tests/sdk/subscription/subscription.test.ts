/** The order of one stream over its connections: repeats, holes, snapshots and places. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Event, Snapshot, Synced } from '../../../client-sdk/protocol/downstream.ts';
import { Subscription } from '../../../client-sdk/src/subscription/subscription.ts';

const test = suite('one subscription');

const open = (options: Partial<ConstructorParameters<typeof Subscription>[1]> = {}) => {
  const subscription = new Subscription('project', { filtered: false, cursor: undefined, ...options });
  subscription.onConnected();
  return subscription;
};
const event = (seq: number, ...items: object[]) =>
  ({ type: 'event', stream: 'project', cursor: `c${seq}`, seq, items }) as unknown as Event;
const snapshot = (part: number, last: boolean, ...ids: string[]) =>
  ({
    type: 'snapshot',
    id: 's',
    part,
    last,
    items: ids.map((server_id) => ({ server_id })),
  }) as unknown as Snapshot;
const synced = (how: Synced['how'], seq: number | undefined, more: Partial<Synced> = {}) =>
  ({
    type: 'synced',
    id: 's',
    cursor: `c${seq}`,
    how,
    ...(seq === undefined ? {} : { seq }),
    ...more,
  }) as Synced;
/** What is delivered, as short texts. */
const seen = (deliveries: ReturnType<Subscription<'project'>['onEvent']>) =>
  deliveries.map((one) => {
    if (one.type === 'event') return `event ${one.seq}`;
    if (one.type === 'progress') return `progress ${one.cursor}`;
    const { type, servers, reason } = one.item as never as {
      type: string;
      servers: object[];
      reason?: string;
    };
    return `${[type, reason].filter(Boolean).join(' ')} ${servers.length} ${one.cursor}`;
  });

/** A subscription that resumed at this place of a dense stream. */
function inStep(seq: number) {
  const subscription = open({ cursor: `c${seq}` });
  assert.equal(seen(subscription.onSynced(synced('resumed', seq))), []);
  return subscription;
}

test('a kept cursor is sent without a file’s newline; a damaged one asks for a reset', () => {
  assert.is(open({ cursor: ' 2.e.x\n' }).cursor, '2.e.x');
  for (const cursor of ['', 'two words', 'ü', 'x'.repeat(1_025)])
    assert.is(open({ cursor }).cursor, 'damaged');
  assert.is(open().cursor, undefined);
});

test('an event that was seen is not delivered again', () => {
  const subscription = inStep(3);
  assert.equal(seen(subscription.onEvent(event(4))), ['event 4']);
  assert.equal(seen(subscription.onEvent(event(4))), []);
  assert.equal(seen(subscription.onEvent(event(3))), []);
  assert.is(subscription.cursor, 'c4');
});

test('a hole is resumed from before it; seen again it is a state with the reason, once', () => {
  const subscription = inStep(3);
  assert.throws(() => subscription.onEvent(event(6)));
  assert.is(subscription.cursor, 'c3');
  subscription.onConnected();
  subscription.onEvent(event(6));
  assert.throws(() => subscription.onSynced(synced('resumed', 6)));
  assert.is(subscription.cursor, undefined);
  for (const expected of ['reset gap 1 c9', 'snapshot 1 c9']) {
    subscription.onConnected();
    subscription.onSnapshot(snapshot(1, true, 'a'));
    assert.equal(seen(subscription.onSynced(synced('snapshot', 9))), [expected]);
  }
});

test('another hole, or the same one after an event between, is resumed again', () => {
  const subscription = inStep(3);
  assert.throws(() => subscription.onEvent(event(6)));
  assert.throws(() => subscription.onEvent(event(7)));
  assert.is(subscription.cursor, 'c3');
  assert.equal(seen(subscription.onEvent(event(4))), ['event 4']);
  assert.throws(() => subscription.onEvent(event(7)));
  assert.is(subscription.cursor, 'c4');
  assert.throws(() => subscription.onEvent(event(8)));
  assert.is(subscription.cursor, 'c4');
});

test('items behind a hole wait until the server says whether it leaves some out', () => {
  const subscription = inStep(3);
  subscription.onConnected();
  assert.equal(seen(subscription.onEvent(event(6))), []);
  assert.equal(seen(subscription.onEvent(event(7))), [], 'nothing passes those that wait');
  assert.equal(seen(subscription.onSynced(synced('resumed', 7, { sparse: true }))), ['event 6', 'event 7']);
  assert.equal(seen(subscription.onEvent(event(20))), ['event 20']);
});

test('a connection that is lost takes what waited on it along', () => {
  const subscription = inStep(3);
  subscription.onConnected();
  subscription.onEvent(event(6));
  subscription.onConnected();
  assert.equal(seen(subscription.onSynced(synced('resumed', 3))), []);
  subscription.onConnected();
  subscription.onSnapshot(snapshot(1, false, 'a'));
  subscription.onConnected();
  assert.equal(seen(subscription.onSynced(synced('resumed', 3))), []);
  assert.equal(seen(subscription.onEvent(event(4))), ['event 4']);
});

test('a server that says it is ahead of what it sent has lost something', () => {
  const subscription = open({ cursor: 'c3' });
  subscription.onEvent(event(4));
  assert.throws(() => subscription.onSynced(synced('resumed', 6)));
  const fresh = open();
  fresh.onSnapshot(snapshot(1, true));
  fresh.onEvent(event(5));
  assert.throws(() => fresh.onSynced(synced('snapshot', 6)));
  assert.is(fresh.cursor, undefined, 'nothing of it was delivered');
});

test('the place that "synced" names is where the next item follows', () => {
  const subscription = inStep(3);
  assert.throws(() => subscription.onEvent(event(5)));
});

test('a snapshot has all its parts, in order, and nothing behind the last', () => {
  const parts = open();
  parts.onSnapshot(snapshot(1, false, 'a'));
  parts.onSnapshot(snapshot(2, true, 'b'));
  assert.equal(seen(parts.onSynced(synced('snapshot', 7))), ['snapshot 2 c7']);
  const wrong = (...frames: Snapshot[]) => {
    const subscription = open();
    assert.throws(() => {
      for (const frame of frames) subscription.onSnapshot(frame);
    }, /part/);
  };
  wrong(snapshot(2, true, 'b'));
  wrong(snapshot(1, false, 'a'), snapshot(3, true, 'c'));
  wrong(snapshot(1, true, 'a'), snapshot(2, true, 'b'));
  const early = open();
  early.onSnapshot(snapshot(1, false, 'a'));
  assert.throws(() => early.onSynced(synced('snapshot', 7)), /before the end/);
  const both = open({ cursor: 'c1' });
  both.onSnapshot(snapshot(1, true, 'a'));
  assert.throws(() => both.onSynced(synced('resumed', 1)), /with a resume/);
});

test('events behind a snapshot come after it, and it has no place of its own then', () => {
  const subscription = open();
  subscription.onSnapshot(snapshot(1, true, 'a'));
  assert.equal(seen(subscription.onEvent(event(8))), []);
  assert.equal(seen(subscription.onSynced(synced('snapshot', 8))), ['snapshot 1 undefined', 'event 8']);
  assert.is(subscription.cursor, 'c8');
});

test('a snapshot that begins again drops what came behind the first', () => {
  const subscription = open();
  subscription.onSnapshot(snapshot(1, true, 'a', 'b'));
  subscription.onEvent(event(5));
  subscription.onSnapshot(snapshot(1, true, 'a'));
  assert.equal(seen(subscription.onSynced(synced('reset', 9))), ['reset access 1 c9']);
  subscription.onSnapshot(snapshot(1, true, 'a'));
  assert.equal(seen(subscription.onSynced(synced('reset', 9, { reason: 'expired' }))), [
    'reset expired 1 c9',
  ]);
});

test('a snapshot whose events have a hole leaves the client where it was', () => {
  const subscription = open({ cursor: 'c3' });
  subscription.onSnapshot(snapshot(1, true, 'a'));
  subscription.onEvent(event(8));
  subscription.onEvent(event(10));
  assert.throws(() => subscription.onSynced(synced('reset', 10)));
  assert.is(subscription.cursor, 'c3');
  subscription.onConnected();
  assert.equal(seen(subscription.onEvent(event(4))), ['event 4'], 'the place is unknown again');
});

test('only where items are left out is a mark of progress needed, once for each place', () => {
  const dense = inStep(3);
  assert.equal(seen(dense.onHealth('c9')), []);
  assert.is(dense.cursor, 'c3');
  const sparse = open({ filtered: true, cursor: 'c3' });
  assert.equal(seen(sparse.onSynced(synced('resumed', 5))), ['progress c5']);
  assert.equal(seen(sparse.onHealth('c5')), []);
  assert.equal(seen(sparse.onHealth('c9')), ['progress c9']);
  assert.equal(seen(sparse.onEvent(event(20))), ['event 20']);
  sparse.onConnected();
  assert.equal(seen(sparse.onSynced(synced('resumed', 25))), ['progress c25'], 'nothing is missing');
  sparse.onSnapshot(snapshot(1, true));
  assert.equal(seen(sparse.onHealth('c30')), [], 'not in the middle of a snapshot');
});

test('drills are shown to those who want them, and what says nothing to nobody', () => {
  const kinds = (drills: boolean) => {
    const subscription = open({ cursor: 'c3', drills });
    subscription.onSynced(synced('resumed', 3));
    const items = [
      { kind: 'drill', to: 'DOWN' },
      { kind: 'newer' },
      { kind: 'newer', to: 'UP' },
      { kind: 'annotation' },
    ];
    const [one] = subscription.onEvent(event(4, ...items));
    return one?.type === 'event' ? one.changes.map(({ kind }) => kind as string) : undefined;
  };
  assert.equal(kinds(false), ['newer', 'annotation']);
  assert.equal(kinds(true), ['drill', 'newer', 'annotation']);
});

test.run();
