/** A commit with many followers is delivered in slices, and no client loses a row, gets one twice, or gets them out of order. */
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Channel, Channels, type Follower } from '../../../server/hub/delivery/channel.ts';
import type { EventFrames } from '../../../server/hub/delivery/event-frames.ts';
import { FanOut } from '../../../server/hub/delivery/fan-out.ts';
import type { Committed } from '../../../server/ports/committed.ts';
import type { LogRow, StreamName } from '../../../server/ports/log.ts';
import { Cursors } from '../../../server/stream/cursor.ts';
import { Feed } from '../../../server/stream/feed.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';

const test = suite('delivery in slices');

/** A follower that is live from its first row on. */
class Listener implements Follower {
  readonly seqs: number[] = [];
  /** How many rows came with each call. */
  readonly writes: number[] = [];

  deliver(frames: EventFrames): void {
    const seen = this.seqs.at(-1) ?? frames.from - 1;
    if (frames.seq <= seen) return;
    const texts = frames.after(seen).for('s', { visibility: 'all' })?.texts ?? [];
    this.writes.push(texts.length);
    for (const text of texts) this.seqs.push((JSON.parse(text) as { seq: number }).seq);
  }
}

function world() {
  let announce: (committed: Committed) => void = () => undefined;
  let turns: (() => void)[] = [];
  const fanOut = new FanOut((then) => turns.push(then));
  const feed = new Feed({
    store: {
      onCommit(listener) {
        announce = listener;
        return () => undefined;
      },
      log: async () => [],
    },
    logger: noLogger,
    setTimer: () => () => undefined,
  });
  const cursors = new Cursors({ epoch: 'e', signingKey: new Uint8Array(32) });
  const prepare = (...texts: readonly string[]) => ({ texts, bytes: texts.join('').length });
  const channels = new Channels(feed, cursors, prepare, fanOut);
  const heads = new Map<StreamName, number>();
  return {
    fanOut,
    channels,
    commit(stream: StreamName, to = 'UNKNOWN', padding = 0) {
      const seq = (heads.get(stream) ?? 0) + 1;
      heads.set(stream, seq);
      const items = JSON.stringify([{ from: 'UP', to, name: 'x'.repeat(padding) }]);
      const row: LogRow = { stream, seq, at: 0, items, entry: 1, unknownSeq: null };
      announce({ rows: [row], services: [], instances: [] } as unknown as Committed);
      return seq;
    },
    turn() {
      const due = turns;
      turns = [];
      for (const then of due) then();
    },
    isQuiet: () => turns.length === 0,
  };
}

function followersOf(channels: Channels, stream: StreamName, count: number): Listener[] {
  return Array.from({ length: count }, () => {
    const listener = new Listener();
    channels.join(stream, listener);
    return listener;
  });
}

test('a commit made during delivery reaches the remaining clients in the same write', () => {
  const w = world();
  const all = followersOf(w.channels, 'project:p', 5_000);
  w.commit('project:p');
  const reported = all.filter(({ seqs }) => seqs.length > 0).length;
  assert.ok(reported > 0 && reported < 1_000, `${reported} in the turn of the commit`);
  for (let n = 0; n < 19; n++) w.commit('project:p');
  while (!w.isQuiet()) w.turn();
  const everything = Array.from({ length: 20 }, (_, n) => n + 1);
  for (const { seqs } of all) assert.equal(seqs, everything);
  const writes = all.reduce((sum, listener) => sum + listener.writes.length, 0);
  assert.is(writes, all.length + reported);
});

test('a DOWN is sent in the turn of its commit, however many other changes wait', () => {
  const w = world();
  for (let owner = 0; owner < 20; owner++) {
    followersOf(w.channels, `project:${owner}`, 1_000);
    w.commit(`project:${owner}`);
  }
  const [mine] = followersOf(w.channels, 'project:mine', 1);
  const [other] = followersOf(w.channels, 'project:other', 1);
  w.commit('project:other');
  w.commit('project:mine', 'DOWN');
  assert.equal(mine?.seqs, [1]);
  assert.equal(other?.seqs, []);
  while (!w.isQuiet()) w.turn();
  assert.equal(other?.seqs, [1]);
});

test('a flush leaves nothing, and more than a thousand waiting rows go at once', () => {
  const w = world();
  const all = followersOf(w.channels, 'project:p', 3_000);
  w.commit('project:p');
  w.fanOut.flush();
  assert.ok(all.every(({ seqs }) => seqs.length === 1));
  for (let n = 0; n < 1_100; n++) w.commit('project:p');
  assert.ok((all.at(-1)?.seqs.length ?? 0) > 900);
});

test('each follower hears each row from when it came until it left, once and in order', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ does: fc.constant('commit' as const), size: fc.nat(40_000) }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('turn' as const) }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('join' as const), count: fc.nat(400) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('leave' as const), of: fc.nat() }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const w = world();
      const here: { listener: Listener; channel: Channel; since: number }[] = [];
      let head = 0;
      for (const one of steps) {
        if (one.does === 'commit') {
          head = w.commit('project:p', 'UNKNOWN', one.size);
        } else if (one.does === 'turn') {
          w.turn();
        } else if (one.does === 'join') {
          for (let n = 0; n < one.count; n++) {
            const listener = new Listener();
            // It has read the log up to here, as a subscriber does that becomes live.
            listener.seqs.push(head);
            here.push({ listener, channel: w.channels.join('project:p', listener), since: head });
          }
        } else if (here.length > 0) {
          const [gone] = here.splice(one.of % here.length, 1);
          if (gone !== undefined) w.channels.leave(gone.channel, gone.listener);
        }
      }
      while (!w.isQuiet()) w.turn();
      for (const { listener, since } of here) {
        const all = Array.from({ length: head - since + 1 }, (_, n) => since + n);
        assert.equal(listener.seqs, all);
      }
    }),
    { numRuns: 60 },
  );
});

test.run();
