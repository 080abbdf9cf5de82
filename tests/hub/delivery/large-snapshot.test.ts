/** A large snapshot is kept in memory while it is read: its reader has a longest time, however steadily it reads. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { Outbox } from '../../../server/hub/delivery/outbox.ts';
import { Subscriber } from '../../../server/hub/delivery/subscriber.ts';
import { snapshotBody } from '../../../server/hub/endpoints/snapshot-body.ts';
import { TimeSlices } from '../../../server/limits/time-slices.ts';
import type { SharedText } from '../../../server/socket/socket.ts';
import { LONGEST_READ, StreamSnapshot } from '../../../server/stream/snapshot.ts';
import type { State } from '../../../server/stream/view.ts';
import { textOf } from '../../support/clients/shared-text.ts';
import { FakeClock } from '../../support/clock.ts';
import { ManualTimers } from '../../support/manual-timers.ts';

const test = suite('large snapshots');

const PARTS = 12;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function aSnapshot(parts: number): StreamSnapshot {
  const items = Array.from({ length: parts * 500 }, (_, n) => ({ server_id: `s${n}` }) as State);
  return new StreamSnapshot({ head: 0, entry: 1, unknownOnly: { head: 0, entry: 0 }, items });
}

/** A subscription to a stream with a snapshot of so many parts, of which its reader takes one when the test says so. */
function subscribe(parts: number) {
  const timers = new ManualTimers(new FakeClock());
  const drains: (() => void)[] = [];
  const closed: number[] = [];
  const sent: string[] = [];
  const socket = {
    bufferedAmount: 0,
    send: (text: string) => {
      sent.push(JSON.parse(text).type);
      socket.bufferedAmount = 100_000;
    },
    sendShared: (text: SharedText) => socket.send(textOf(text)),
    write: () => undefined,
    ping: () => undefined,
    drained: (then: () => void) => void drains.push(then),
    close: (code: number) => void closed.push(code),
    terminate: () => undefined,
  };
  const outbox = new Outbox(socket, {
    maxBacklog: 1_000_000,
    soon: setImmediate,
    setTimer: timers.setTimer,
    onClosing: () => undefined,
  });
  const subscriber = new Subscriber({
    id: 'main',
    stream: 'project:p1',
    view: { visibility: 'all' },
    outbox,
    channels: {
      join: () => ({ cursorAt: () => 'cursor', epochOf: () => 'e' }),
      leave: () => undefined,
    } as never,
    cursors: undefined as never,
    snapshots: { read: (_: unknown, use: (of: StreamSnapshot) => unknown) => use(aSnapshot(parts)) } as never,
    slices: new TimeSlices({ now: () => 0, nextTurn: turn }),
    store: { epoch: 'e', bounds: async () => ({ head: 0 }) } as never,
    maxReplay: 10,
    onFailure: (error) => {
      throw error;
    },
    onSynced: () => undefined,
  });
  const started = subscriber.start();
  /** Everything that is in its way is read, `wait` milliseconds after it was written. */
  const read = async (wait: number) => {
    while (drains.length === 0 && closed.length === 0 && sent.at(-1) !== 'synced') await turn();
    timers.advance(wait);
    socket.bufferedAmount = 0;
    for (const then of drains.splice(0)) then();
  };
  return { timers, read, sent, closed, started };
}

test('a reader that takes longer than five minutes for all of it is closed', async () => {
  const { read, sent, closed } = subscribe(PARTS);
  for (let n = 0; n < PARTS && closed.length === 0; n += 1) await read(50_000);
  assert.equal(closed, [CLOSE.slowConsumer.code]);
  assert.ok(!sent.includes('synced'));
});

test('a client that read its snapshot in time may take any time for what follows', async () => {
  const { timers, read, sent, closed, started } = subscribe(PARTS);
  for (let n = 0; n < PARTS; n += 1) await read(1_000);
  await started;
  assert.is(sent.at(-1), 'synced');
  timers.advance(2 * LONGEST_READ);
  assert.equal([closed, timers.waiting], [[], 0]);
});

test('the body of a snapshot that is broken off ends with an error, and makes no more', async () => {
  let made = 0;
  function* lists() {
    for (;;) yield Buffer.from(`${made++}`);
  }
  const slices = new TimeSlices({ now: () => 0, nextTurn: turn });
  const body = snapshotBody({ head: '[', lists: lists(), tail: ']', slices, key: 'p1' });
  const reader = body.stream.getReader();
  await reader.read();
  await reader.read();
  body.end();
  await body.over;
  assert.match(String(await reader.read().catch((error) => error)), /not read in time/);
  assert.is(made, 1);
});

test.run();
