/** A node that holds the lease: how often it beats, and that it stops at once when it may not lead any more. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Leadership } from '../../server/nodes/leadership.ts';
import { BEAT } from '../../server/nodes/lease.ts';
import type { LeaseRecord } from '../../server/ports/node-link.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { FakeClock } from '../support/clock.ts';

const test = suite('leadership');

function open() {
  const clock = new FakeClock();
  const world = { isStaying: true, beats: 0, isRefused: false, taken: 0, onTake: (): void => undefined };
  const released: number[] = [];
  const record: LeaseRecord = { holder: null, epoch: 4, beat: 0 };
  const leadership = new Leadership({
    link: {
      id: 1,
      lease: async () => record,
      async beat() {
        world.beats += 1;
        return !world.isRefused;
      },
      async take({ epoch }) {
        world.onTake();
        return epoch + 1;
      },
      async release(epoch) {
        released.push(epoch);
        throw new Error('the connection is gone');
      },
    },
    clock,
    logger: noLogger,
    isStaying: () => world.isStaying,
    hearsOthers: () => true,
    knowsAll: async () => true,
    taken: () => void world.taken++,
  });
  const said: boolean[] = [];
  leadership.onLead((leads) => said.push(leads));
  return { leadership, clock, world, released, said };
}

test('it beats twice a second, however often it looks, and says once that it leads', async () => {
  const { leadership, clock, world, said } = open();
  await leadership.tend();
  for (let looks = 0; looks < 40; looks++) {
    clock.advance(BEAT / 10);
    await leadership.tend();
  }
  assert.ok(world.beats >= 3 && world.beats <= 5, `${world.beats} beats in ${4 * BEAT} ms`);
  assert.equal([leadership.fence(), said], [5, [true]]);
});

test('a beat that is refused ends its lead at once', async () => {
  const { leadership, clock, world, said } = open();
  await leadership.tend();
  world.isRefused = true;
  clock.advance(BEAT);
  await leadership.tend();
  assert.equal([leadership.fence(), said], [undefined, [true, false]]);
});

test('a node that is leaving leads no more, and keeps no lease that it was just given', async () => {
  const { leadership, world, released } = open();
  await leadership.tend();
  world.isStaying = false;
  assert.is(leadership.fence(), undefined);

  const late = open();
  late.world.onTake = () => {
    late.world.isStaying = false;
  };
  await late.leadership.tend().catch(() => undefined);
  assert.equal([late.released, late.world.taken, late.said], [[5], 0, []]);
  assert.equal(released, []);
});

test('it stops to lead before it hands the lease over, whether or not that succeeds', async () => {
  const { leadership, released, said } = open();
  await leadership.tend();
  const handed = leadership.release();
  assert.equal([leadership.fence(), said], [undefined, [true, false]]);
  await handed;
  assert.equal(released, [5]);
});

test.run();
