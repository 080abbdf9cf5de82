/** A live subscription meets a hole in what it is handed: the log fills it. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Cursor } from '../../../client-sdk/protocol/cursor.ts';
import { EventFrames } from '../../../server/hub/delivery/event-frames.ts';
import { Outbox } from '../../../server/hub/delivery/outbox.ts';
import { Subscriber } from '../../../server/hub/delivery/subscriber.ts';
import type { LogRow } from '../../../server/ports/log.ts';
import type { Prepared } from '../../../server/socket/socket.ts';

const test = suite('subscriber');

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

/** A subscription that resumes at `seq` of a log that ends there. */
async function resumed(seq: number) {
  const sent: number[] = [];
  const reads: string[] = [];
  const left: unknown[] = [];
  const prepare = (...texts: string[]): Prepared => ({ texts, bytes: 2 });
  const sealer = { cursorAt: () => 'cursor' as Cursor, epochOf: () => 'e' };
  const framesOf = (...rows: LogRow[]) => new EventFrames(rows, sealer, prepare);
  const socket = {
    bufferedAmount: 0,
    send: () => undefined,
    sendShared: () => undefined,
    write: (frame: Prepared) => void sent.push(...frame.texts.map((text) => JSON.parse(text).seq as number)),
    ping: () => undefined,
    drained: () => undefined,
    close: () => undefined,
    terminate: () => undefined,
  };
  const channel = { ...sealer, frames: (row: LogRow) => framesOf(row) };
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
    channels: { join: () => channel, leave: (...given: unknown[]) => void left.push(given) } as never,
    cursors: { judge: async () => ({ after: { seq, entry: 1 } }) } as never,
    snapshots: undefined as never,
    slices: undefined as never,
    store: {
      epoch: 'e',
      bounds: async () => ({ head: seq, floor: 1 }),
      log: async (_: string, after: number, upTo: number) => {
        reads.push(`${after}-${upTo}`);
        return Array.from({ length: upTo - after }, (_row, n) => rowAt(after + 1 + n));
      },
    } as never,
    maxReplay: 10,
    onFailure: (error) => {
      throw error;
    },
    onSynced: () => undefined,
  });
  await subscriber.start('cursor');
  return { subscriber, channel, framesOf, sent, reads, left };
}

test('a row that was not handed over is read from the log, before those behind it', async () => {
  const { subscriber, framesOf, sent, reads } = await resumed(3);
  subscriber.deliver(framesOf(rowAt(4)));
  assert.equal([sent, reads], [[4], []]);
  subscriber.deliver(framesOf(rowAt(7)));
  subscriber.deliver(framesOf(rowAt(8)));
  for (let n = 0; n < 5; n += 1) await turn();
  assert.equal(
    [sent, reads],
    [
      [4, 5, 6, 7, 8],
      ['4-7', '7-8'],
    ],
  );
  subscriber.deliver(framesOf(rowAt(9)));
  assert.equal([sent.at(-1), reads.length], [9, 2]);
});

test('of rows delivered together it sends those that it has not sent yet', async () => {
  const { subscriber, framesOf, sent } = await resumed(3);
  subscriber.deliver(framesOf(rowAt(2), rowAt(3), rowAt(4), rowAt(5)));
  subscriber.deliver(framesOf(rowAt(5)));
  assert.equal(sent, [4, 5]);
});

test('a subscriber that ends leaves its stream and sends nothing more', async () => {
  const { subscriber, channel, framesOf, sent, left } = await resumed(3);
  subscriber.end();
  subscriber.deliver(framesOf(rowAt(4)));
  assert.equal([sent, left], [[], [[channel, subscriber]]]);
});

test.run();
