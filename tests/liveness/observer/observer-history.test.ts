import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ObserverHistory } from '../../../server/liveness/observer/observer-history.ts';
import type { ObserverEntry } from '../../../server/ports/explanation-log.ts';
import { FakeClock } from '../../support/clock.ts';

const test = suite('history of the observer');

/** A history over a database that can be away. */
function world() {
  const clock = new FakeClock();
  const stored: ObserverEntry[] = [];
  const seen = { state: 'ok', reason: undefined as string | undefined };
  const database = { isAway: false };
  let work: Promise<void> = Promise.resolve();
  const history = new ObserverHistory({
    log: {
      async noteObserver(entries) {
        if (database.isAway) throw new Error('away');
        stored.push(...entries);
      },
      observerHistory: async () => [],
    },
    clock,
    run: (_, running) => {
      work = running;
    },
  });
  const look = async (state = seen.state, pause = 0) => {
    seen.state = state;
    history.look({ state: () => state as never, code: () => undefined, reason: () => seen.reason }, pause);
    await work;
    // The next one may begin once this one has ended.
    await new Promise((then) => setImmediate(then));
  };
  return { clock, history, stored, database, look, states: () => stored.map(({ state }) => state) };
}

test('each change of state is stored once, and each pause', async () => {
  const { look, stored, states } = world();
  for (const state of ['ok', 'ok', 'degraded', 'degraded', 'ok']) await look(state);
  assert.equal(states(), ['ok', 'degraded', 'ok']);
  await look('ok', 1_500.4);
  assert.is(states().length, 4);
  assert.is(stored.at(-1)?.blind, 1_500);
});

test('entries that could not be stored are stored later, in order', async () => {
  const { clock, look, database, states } = world();
  database.isAway = true;
  await look('ok');
  await look('degraded');
  clock.advance(1_000);
  database.isAway = false;
  await look('ok');
  assert.equal(states(), ['ok', 'degraded', 'ok']);
});

test('the number of waiting entries is bounded, and the newest stay', async () => {
  const { clock, look, database, stored, states } = world();
  database.isAway = true;
  for (let n = 0; n < 500; n++) await look(n % 2 === 0 ? 'ok' : 'degraded');
  database.isAway = false;
  clock.advance(1_000);
  await look('paused');
  assert.is(stored.length, 200);
  assert.equal(states().slice(-2), ['degraded', 'paused']);
});

test('an absence counts from the last sign of any process on the database', async () => {
  const { clock, history } = world();
  const lastSign = clock.now();
  clock.advance(60_000);
  await history.start(lastSign);
  const [entry] = history.until(clock.now(), 0);
  assert.equal([entry?.state, entry?.blind], ['started', 60_000]);
});

test.run();
