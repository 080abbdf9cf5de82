/** Last uses of watch keys that the database does not take: they wait, and only so many. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LastUse } from '../../../server/identity/watch-keys/last-use.ts';
import type { WatchKeyUse } from '../../../server/ports/watch-key-store.ts';
import { FakeClock } from '../../support/clock.ts';
import { ManualTimers } from '../../support/manual-timers.ts';

const MOST = 100_000;

function open() {
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  const written: WatchKeyUse[][] = [];
  const database = { isAway: false, during: () => {} };
  const keys = {
    used: async (uses: readonly WatchKeyUse[]) => {
      database.during();
      if (database.isAway) throw new Error('away');
      written.push([...uses]);
    },
  };
  const warned: string[] = [];
  const logger = { warn: (_: unknown, text?: string) => void warned.push(text ?? '') };
  const lastUse = new LastUse({ keys, clock, setTimer: timers.setTimer, logger });
  return { clock, timers, written, database, warned, lastUse };
}

const test = suite('last uses of watch keys');

test('of the uses that wait for the database the oldest are lost beyond a bound', async () => {
  const { lastUse, database, written } = open();
  database.isAway = true;
  for (let n = 0; n < MOST; n++) lastUse.note(`k${n}`);
  database.during = () => {
    lastUse.note('new-1');
    lastUse.note('new-2');
  };
  await lastUse.write();
  await lastUse.write();
  database.during = () => {};
  database.isAway = false;
  await lastUse.write();
  const ids = (written[0] ?? []).map(({ id }) => id);
  assert.is(ids.length, MOST);
  assert.equal([ids[0], ids.at(-2), ids.at(-1)], ['k2', 'new-1', 'new-2']);
});

test('a use during a write that fails is newer than the one that was not written', async () => {
  const { lastUse, database, written, clock, warned } = open();
  database.isAway = true;
  lastUse.note('a');
  const before = clock.now();
  clock.advance(1_000);
  database.during = () => lastUse.note('a');
  await lastUse.write();
  database.isAway = false;
  database.during = () => {};
  await lastUse.write();
  assert.equal(written, [[{ id: 'a', at: before + 1_000 }]]);
  assert.is(warned.length, 1);
});

test('what a closed process has not written yet is written at its end', async () => {
  const { lastUse, written, timers } = open();
  lastUse.note('a');
  await lastUse.close();
  assert.is(written.length, 1);
  assert.is(timers.waiting, 0);
});

test.run();
