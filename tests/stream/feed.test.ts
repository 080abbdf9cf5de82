import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../server/domain/errors.ts';
import type { Committed } from '../../server/ports/committed.ts';
import type { LogRow } from '../../server/ports/log.ts';
import type { Store } from '../../server/ports/store.ts';
import { Feed } from '../../server/stream/feed.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { aService } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { openTestStore, putService, type TestStore } from '../support/store.ts';
import { StreamWorld } from '../support/stream-world.ts';
import { signal, within } from '../support/within.ts';

const test = suite<{ real: TestStore }>('feed', {} as never);

test.before.each(async (context) => {
  context.real = await openTestStore();
});
test.after.each(async ({ real }) => {
  await real.close();
});

/** A log with rows 1 to 6 of the stream "hosts", announced by hand. */
async function eventsOf(real: TestStore) {
  const rows: LogRow[] = [];
  real.store.onCommit((committed) => rows.push(...committed.rows));
  for (let n = 0; n < 6; n++) await putService(real, aService({ host: `c${n}` }));
  let listener: (committed: Committed) => void = () => undefined;
  const timers = new ManualTimers(new FakeClock());
  const store: Pick<Store, 'onCommit' | 'log'> & { isDown: boolean } = {
    isDown: false,
    onCommit(it) {
      listener = it;
      return () => {
        listener = () => undefined;
      };
    },
    async log(...query) {
      if (store.isDown) throw new DomainError('unavailable', 'the database does not answer');
      return real.store.log(...query);
    },
  };
  const feed = new Feed({ store, logger: noLogger, setTimer: timers.setTimer });
  const seqs: number[] = [];
  const complete = signal();
  const stop = feed.follow('hosts', ({ seq }) => {
    seqs.push(seq);
    if (seq === 6) complete.resolve();
  });
  return {
    feed,
    store,
    timers,
    seqs,
    stop,
    complete: complete.promise,
    tell: (...which: number[]) =>
      listener({ rows: which.map((n) => rows[n - 1] as LogRow), services: [], removedServices: [] }),
  };
}

test('rows are handed on in order, and none twice', async ({ real }) => {
  const { tell, seqs } = await eventsOf(real);
  tell(1, 2);
  tell(2, 3);
  tell(1);
  assert.equal(seqs, [1, 2, 3]);
});

test('a hole is filled from the log before any later row is delivered', async ({ real }) => {
  const { tell, seqs, complete } = await eventsOf(real);
  tell(1);
  tell(4);
  tell(6);
  await within('row 6', complete);
  assert.equal(seqs, [1, 2, 3, 4, 5, 6]);
});

test('a log that cannot be read is read later, and nothing is skipped', async ({ real }) => {
  const { tell, seqs, complete, store, timers } = await eventsOf(real);
  store.isDown = true;
  tell(1, 3);
  await new Promise((resolve) => setImmediate(resolve));
  tell(6);
  assert.equal(seqs, [1]);
  store.isDown = false;
  timers.advance(250);
  await within('row 6', complete);
  assert.equal(seqs, [1, 2, 3, 4, 5, 6]);
});

test('a follower that left gets nothing, and an unfollowed stream costs nothing', async ({ real }) => {
  const { feed, tell, seqs, stop, timers } = await eventsOf(real);
  tell(1);
  stop();
  tell(2);
  assert.equal(seqs, [1]);
  feed.close();
  tell(3);
  assert.equal([seqs, timers.waiting], [[1], 0]);
});

test('a subscriber that missed a row reads it from the log, even the very first', async () => {
  let muted = false;
  const world = await StreamWorld.open(
    {},
    {
      store: async (clock) => {
        const real = await openTestStore({ clock });
        const { store } = real;
        const unheard = new Proxy(store, {
          get(target, name) {
            if (name === 'onCommit') {
              return (listener: (committed: Committed) => void) =>
                target.onCommit((committed) => muted || listener(committed));
            }
            const value = Reflect.get(target, name, target);
            return typeof value === 'function' ? value.bind(target) : value;
          },
        });
        return { ...real, store: unheard, close: () => real.close() };
      },
    },
  );
  try {
    await world.service();
    await world.server();
    const client = await world.follower();
    for (const seq of [2, 4]) {
      muted = true;
      await world.change('c1', { live: false });
      muted = false;
      await world.change('c1', { live: true });
      assert.equal([(await client.expect('event')).seq, (await client.expect('event')).seq], [seq, seq + 1]);
    }
  } finally {
    await world.close();
  }
});

test('a listener that left while a hole was filled is passed nothing more', async ({ real }) => {
  const { tell, seqs, stop } = await eventsOf(real);
  tell(1);
  tell(5);
  stop();
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(seqs, [1]);
});

test.run();
