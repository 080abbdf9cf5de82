/** The instants of last reports are written in parts, late, and never before somebody's silence. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { newService } from '../../../server/domain/transition.ts';
import { Deadlines } from '../../../server/liveness/services/deadlines.ts';
import { ServiceRegistry } from '../../../server/liveness/services/registry.ts';
import { LastSeenWriter } from '../../../server/liveness/services/write-last-seen.ts';
import type { LastSeen } from '../../../server/ports/store.ts';
import { noEvents } from '../../../server/telemetry/events.ts';

const test = suite('last seen');

function world(services: number) {
  const registry = new ServiceRegistry(new Deadlines(0), { reportInterval: 10_000, serviceDownTime: 60_000 });
  const slots = Array.from({ length: services }, (_, n) =>
    registry.add(
      { ...newService({ uuid: `${n}`, host: `c${n}`, binary: 'b' }, 0), id: n, live: true },
      0,
      0,
      false,
    ),
  );
  const state = { now: 0, isCalm: true, fails: false, until: Promise.resolve() };
  const written: (readonly LastSeen[])[] = [];
  const writer = new LastSeenWriter({
    registry,
    events: noEvents,
    clock: { monotonic: () => state.now },
    isCalm: () => state.isCalm,
    store: {
      async writeLastSeen(batch) {
        if (state.fails) throw new Error('full');
        written.push(batch);
        await state.until;
      },
    },
  });
  const hear = (at: number) => {
    for (const slot of slots) registry.heard(slot, at, at);
  };
  /** The sizes of the parts that are written in so many milliseconds. */
  const pass = async (ms: number) => {
    const before = written.length;
    for (const end = state.now + ms; state.now < end; ) {
      state.now += 250;
      await writer.write();
    }
    return written.slice(before).map((batch) => batch.length);
  };
  return { state, writer, written, hear, pass };
}

test('less than a full part waits for more, but not for ever', async () => {
  const { hear, pass, written } = world(3);
  hear(7);
  assert.equal(await pass(4_750), []);
  assert.equal(await pass(250), [3]);
  assert.equal(
    written[0]?.map(({ at }) => at),
    [7, 7, 7],
  );
  assert.equal(await pass(10_000), []);
});

test('a full part is written with the next look, one each time', async () => {
  const { hear, pass } = world(2_500);
  hear(1);
  assert.equal(await pass(750), [1_000, 1_000]);
  assert.equal(await pass(5_000), [500]);
});

test('while silences are committed it waits, and only for a bounded time', async () => {
  const { hear, pass, state } = world(2_500);
  hear(1);
  state.isCalm = false;
  assert.equal(await pass(4_750), []);
  assert.equal(await pass(500), [1_000]);
  state.isCalm = true;
  assert.equal(await pass(250), [1_000]);
});

test('times that could not be written are written later, all of them at the end', async () => {
  const { hear, pass, state, writer, written } = world(2_500);
  hear(1);
  state.fails = true;
  assert.equal(await pass(10_000), []);
  state.fails = false;
  await writer.writeAll();
  assert.is(new Set(written.flat().map(({ id }) => id)).size, 2_500);
});

test('one part is written at a time, however long the disk takes', async () => {
  const { hear, state, writer, written } = world(2_500);
  const disk = Promise.withResolvers<void>();
  state.until = disk.promise;
  hear(1);
  const writing = writer.write();
  state.now += 6_000;
  await writer.write();
  assert.is(written.length, 1);
  disk.resolve();
  await writing;
  state.now += 250;
  await writer.write();
  assert.is(written.length, 2);
});

test.run();
