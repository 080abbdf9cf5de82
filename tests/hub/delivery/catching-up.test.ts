/** A subscription that starts, step by step: what comes, ends or is lost while it reads. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Cursor } from '../../../client-sdk/protocol/cursor.ts';
import { EventFrames } from '../../../server/hub/delivery/event-frames.ts';
import { Outbox } from '../../../server/hub/delivery/outbox.ts';
import { Subscriber } from '../../../server/hub/delivery/subscriber.ts';
import type { LogRow } from '../../../server/ports/log.ts';
import type { Prepared, SharedText } from '../../../server/socket/socket.ts';
import type { ResumeDecision } from '../../../server/stream/cursor.ts';
import { StreamSnapshot } from '../../../server/stream/snapshot.ts';
import { textOf } from '../../support/clients/shared-text.ts';

const test = suite('catching up');

const STREAM = 'project:p1';
const rowAt = (seq: number): LogRow => ({
  stream: STREAM,
  seq,
  at: 0,
  entry: 1,
  items: '[]',
  unknownSeq: null,
});
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const settled = async () => {
  for (let n = 0; n < 5; n += 1) await turn();
};

/** A subscription of a log with `head` rows. What the hub asks for can be replaced, and so delayed. */
function world(head: number) {
  const sent: string[] = [];
  const prepare = (...texts: string[]): Prepared => ({ texts, bytes: 2 });
  const sealer = { cursorAt: () => 'cursor' as Cursor, epochOf: () => 'e' };
  const framesOf = (...rows: LogRow[]) => new EventFrames(rows, sealer, prepare);
  const self = {
    joins: 0,
    snapshots: 0,
    bounds: async (): Promise<unknown> => ({ head, floor: 1, entry: 1, headEntry: 1, floorEntry: 1 }),
    judge: async (): Promise<ResumeDecision> => ({ after: { seq: head, entry: 1 } }),
    log: async (after: number, upTo: number): Promise<LogRow[]> =>
      Array.from({ length: Math.min(32, upTo - after) }, (_, n) => rowAt(after + 1 + n)),
    /** Resolves when the snapshot may be sent. */
    snapshot: async (): Promise<void> => undefined,
  };
  const note = (text: string) => {
    const { type, seq, how, reason } = JSON.parse(text);
    sent.push([type, seq, how, reason].filter((part) => part !== undefined).join(' '));
  };
  const socket = {
    bufferedAmount: 0,
    send: note,
    sendShared: (text: SharedText) => note(textOf(text)),
    write: ({ texts }: Prepared) => texts.forEach(note),
    ping: () => undefined,
    drained: () => undefined,
    close: () => undefined,
    terminate: () => undefined,
  };
  const subscriber = new Subscriber({
    id: 'main',
    stream: STREAM,
    view: { visibility: 'all' },
    outbox: new Outbox(socket, {
      maxBacklog: 1_000,
      soon: setImmediate,
      setTimer: () => () => undefined,
      onClosing: () => undefined,
    }),
    channels: {
      join: () => {
        self.joins += 1;
        return { ...sealer, frames: (row: LogRow) => framesOf(row) };
      },
      leave: () => undefined,
    } as never,
    cursors: { judge: () => self.judge() } as never,
    snapshots: {
      read: async (_: string, use: (snapshot: StreamSnapshot) => Promise<void>) => {
        self.snapshots += 1;
        await self.snapshot();
        await use(new StreamSnapshot({ items: [], head: 20, entry: 1, unknownOnly: { head: 0, entry: 0 } }));
      },
    } as never,
    slices: {
      run: async (make: () => Generator<undefined, boolean>) => {
        const steps = make();
        for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
      },
    } as never,
    store: {
      bounds: () => self.bounds(),
      log: (_: string, after: number, upTo: number) => self.log(after, upTo),
    } as never,
    maxReplay: 1_000,
    onFailure: (error) => {
      throw error;
    },
    onSynced: () => undefined,
  });
  return { subscriber, sent, framesOf, self };
}

test('a row that is committed while the bounds are read is sent after what they name', async () => {
  const { subscriber, sent, framesOf, self } = world(3);
  const bounds = await self.bounds();
  self.bounds = async () => {
    subscriber.deliver(framesOf(rowAt(4)));
    return bounds;
  };
  await subscriber.start('cursor');
  assert.equal(sent, ['synced 3 resumed', 'event 4']);
  subscriber.deliver(framesOf(rowAt(5)));
  assert.is(sent.at(-1), 'event 5');
});

test('a subscription that ended before its turn follows nothing', async () => {
  const { subscriber, sent, self } = world(3);
  subscriber.end();
  await subscriber.start('cursor');
  assert.equal([self.joins, self.snapshots, sent], [0, 0, []]);
});

test('a subscription that ends while its cursor is judged reads no snapshot', async () => {
  const { subscriber, sent, self } = world(3);
  self.judge = async () => {
    subscriber.end();
    return { reset: 'expired' };
  };
  await subscriber.start('cursor');
  assert.equal([self.snapshots, sent], [0, []]);
});

test('a start after a change of rights is a reset, one without a cursor is not', async () => {
  const changed = world(3);
  await changed.subscriber.start(undefined, true);
  assert.equal(changed.sent, ['snapshot', 'synced 20 reset access']);
  const fresh = world(3);
  await fresh.subscriber.start();
  assert.equal(fresh.sent, ['snapshot', 'synced 20 snapshot']);
});

test('rows handed over a second time change nothing', async () => {
  const { subscriber, sent, framesOf, self } = world(3);
  await subscriber.start('cursor');
  self.log = () => Promise.reject(new Error('nothing is missing'));
  for (const rows of [[rowAt(4)], [rowAt(3), rowAt(4)], [rowAt(4)], [rowAt(5)]])
    subscriber.deliver(framesOf(...rows));
  await settled();
  assert.equal(sent, ['synced 3 resumed', 'event 4', 'event 5']);
});

test('a log with a row missing in the middle is a reset', async () => {
  const { subscriber, sent, self } = world(9);
  self.judge = async () => ({ after: { seq: 3, entry: 1 } });
  self.log = async (after) => [rowAt(after + 1), rowAt(after + 3)];
  await subscriber.start('cursor');
  assert.equal(sent, ['event 4', 'snapshot', 'synced 20 reset expired']);
});

test('between two pages of a long replay other work runs', async () => {
  const { subscriber, sent, self } = world(70);
  const { log } = self;
  let isPending = false;
  const waited: boolean[] = [];
  self.judge = async () => ({ after: { seq: 0, entry: 1 } });
  self.log = (after, upTo) => {
    waited.push(!isPending);
    isPending = true;
    setImmediate(() => {
      isPending = false;
    });
    return log(after, upTo);
  };
  await subscriber.start('cursor');
  assert.equal(waited, [true, true, true]);
  assert.equal([sent.length, sent.at(-1)], [71, 'synced 70 resumed']);
});

test('while a client is sent a new state it has no place, then one that begins there', async () => {
  const { subscriber, framesOf, self } = world(3);
  await subscriber.start('cursor');
  assert.equal([subscriber.cursor, subscriber.from, subscriber.seen], ['cursor', 3, 3]);
  const { promise, resolve } = Promise.withResolvers<void>();
  self.snapshot = () => promise;
  self.log = async () => [];
  subscriber.deliver(framesOf(rowAt(9)));
  await settled();
  assert.equal([self.snapshots, subscriber.cursor], [1, undefined]);
  resolve();
  await settled();
  assert.equal([subscriber.cursor, subscriber.from, subscriber.seen], ['cursor', 20, 20]);
});

test.run();
