/** When the return of a service that flapped is held no longer, and what is read of its history at a start. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { releaseHolds } from '../../../server/liveness/flapping/release-holds.ts';
import { restoreFlapHistory } from '../../../server/liveness/flapping/restore-history.ts';

const test = suite('release of holds');

/** One service whose return is held until 30 000, with intervals of 10 s and a deadline of its own. */
function world({ heardAt = 0, deadline = 1_000_000, state = 'ok' } = {}) {
  const done: string[] = [];
  const at = async (now: number) => {
    await releaseHolds({
      damping: {
        tidy: () => undefined,
        holding: 1,
        slots: () => [0],
        held: () => ({ until: 30_000, edges: 4 }),
        relapsed: () => void done.push('relapsed'),
      } as never,
      deadlines: { deadline: () => deadline, heardAt: () => heardAt } as never,
      observer: { now: () => now, state: () => state } as never,
      registry: { service: () => ({}), reportInterval: () => 10_000, downTime: () => 60_000 } as never,
      heartbeats: { announce: async () => void done.push('returned') } as never,
      timers: { nextTurn: async () => undefined },
    });
    return done.splice(0);
  };
  return { at };
}

test('a service returns when its hold is over and it was heard as usual', async () => {
  const { at } = world({ heardAt: 25_000 });
  assert.equal(await at(29_999), []);
  assert.equal(await at(30_000), ['returned']);
});

test('a service without a recent report waits for its next one', async () => {
  assert.equal(await world({ heardAt: 10_000 }).at(30_000), []);
});

test('a service that fell silent in the meantime loses its hold', async () => {
  assert.equal(await world({ deadline: 20_000 }).at(30_000), ['relapsed']);
});

test('nothing returns while the process was paused', async () => {
  assert.equal(await world({ heardAt: 25_000, state: 'paused' }).at(30_000), []);
});

test('a start reads a limited part of a log with very many changes', async () => {
  const items = JSON.stringify(Array.from({ length: 1_000 }, () => ({ service_id: 'x', facts: {} })));
  let pages = 0;
  const store = {
    bounds: async () => ({ head: 1_000, floor: 1 }),
    log: async (_: string, after: number, upTo: number) => {
      pages += 1;
      return Array.from({ length: upTo - after }, (_, n) => ({ seq: after + n + 1, at: 0, items }));
    },
  };
  await restoreFlapHistory(store as never, { slotOf: () => undefined } as never, {} as never, 0, 0);
  assert.is(pages, 1);
});

test.run();
