import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change } from '../../client-sdk/protocol/items.ts';
import { DomainError } from '../../server/domain/errors.ts';
import { DrillEnds } from '../../server/drills/drill-ends.ts';
import type { Store } from '../../server/ports/store.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { anInstance, aService } from '../support/builders.ts';
import { FakeClock } from '../support/clock.ts';
import { endDrill, startDrill } from '../support/drills.ts';
import { ManualTimers } from '../support/manual-timers.ts';
import { openTestStore, putInstance, putService, type TestStore } from '../support/store.ts';

interface World {
  t: TestStore;
  clock: FakeClock;
  timers: ManualTimers;
  ends: DrillEnds;
}

const test = suite<World>('ends of drills', {} as never);

const endsOf = ({ t, clock, timers }: World, store: Pick<Store, 'updateDrills' | 'drills'> = t.store) =>
  new DrillEnds({ store, clock, setTimer: timers.setTimer, logger: noLogger });

test.before.each(async (context) => {
  context.clock = new FakeClock();
  context.timers = new ManualTimers(context.clock);
  context.t = await openTestStore({ clock: context.clock, file: true });
  await putService(context.t, aService());
  await putInstance(context.t, anInstance({ id: 'a' }));
  await putInstance(context.t, anInstance({ id: 'b' }));
  context.ends = endsOf(context);
});
test.after.each(async ({ t, ends }) => {
  await ends.close();
  await t.close();
});

async function items({ t }: World): Promise<Change[]> {
  const rows = await t.store.log('project:p1', 2, Number.MAX_SAFE_INTEGER, 100);
  return rows.flatMap(({ items: text }) => JSON.parse(text) as Change[]);
}

const idsOf = async ({ t }: World) => (await t.store.drills()).map(({ id }) => id);

test('each drill ends at its own time', async (w) => {
  await startDrill(w.t, ['a'], { endsAt: w.clock.now() + 5_000 });
  await startDrill(w.t, ['b'], { id: 'd2', endsAt: w.clock.now() + 7_000 });
  await w.ends.look();
  w.timers.advance(4_999);
  await w.ends.look();
  assert.equal(await idsOf(w), ['d1', 'd2']);
  w.timers.advance(1);
  await w.ends.look();
  assert.equal(await idsOf(w), ['d2']);
  w.timers.advance(2_000);
  await w.ends.look();
  assert.equal(await idsOf(w), []);
  const ended = (await items(w)).filter(({ drill }) => drill?.ended);
  assert.equal(
    ended.map(({ server_id, to }) => [server_id, to]),
    [
      ['a', 'UP'],
      ['b', 'UP'],
    ],
  );
});

test('a drill whose end fell into an outage ends at the start', async (w) => {
  await startDrill(w.t, ['a'], { endsAt: w.clock.now() + 5_000 });
  await w.t.reopen?.();
  w.clock.advance(3_600_000);
  const later = endsOf(w);
  await later.look();
  assert.equal(await idsOf(w), []);
  await later.close();
});

test('a drill that has time left ends at its time after a restart', async (w) => {
  await startDrill(w.t, ['a'], { endsAt: w.clock.now() + 5_000 });
  await w.t.reopen?.();
  w.clock.advance(3_000);
  const later = endsOf(w);
  await later.look();
  assert.equal(await idsOf(w), ['d1']);
  w.timers.advance(2_000);
  await later.look();
  assert.equal(await idsOf(w), []);
  await later.close();
});

test('a wall clock that is set back makes no drill longer', async (w) => {
  await startDrill(w.t, ['a'], { endsAt: w.clock.now() + 5_000 });
  await w.ends.look();
  w.clock.stepWall(-3_600_000);
  w.timers.advance(5_000);
  await w.ends.look();
  assert.equal(await idsOf(w), []);
});

test('a drill that another node started is found within ten seconds', async (w) => {
  await w.ends.look();
  await startDrill(w.t, ['a'], { endsAt: w.clock.now() + 1_000 });
  w.timers.advance(10_000);
  await w.ends.look();
  assert.equal(await idsOf(w), []);
});

test('a database that is away is asked again a second later', async (w) => {
  let away = true;
  const store: Pick<Store, 'updateDrills' | 'drills'> = {
    drills: (id) => w.t.store.drills(id),
    updateDrills: (...given) =>
      away ? Promise.reject(new DomainError('unavailable', 'away')) : w.t.store.updateDrills(...given),
  };
  const ends = endsOf(w, store);
  await startDrill(w.t, ['a'], { endsAt: w.clock.now() });
  await ends.look();
  assert.equal(await idsOf(w), ['d1']);
  away = false;
  w.timers.advance(1_000);
  await ends.look();
  assert.equal(await idsOf(w), []);
  await ends.close();
});

test('a drill that cannot be ended keeps no other from its end, and is tried again', async (w) => {
  let looks = 0;
  const store: Pick<Store, 'updateDrills' | 'drills'> = {
    drills: (id) => {
      looks += 1;
      return w.t.store.drills(id);
    },
    updateDrills: (project, servers, decide) =>
      servers.includes('a')
        ? Promise.reject(new DomainError('unavailable', 'away'))
        : w.t.store.updateDrills(project, servers, decide),
  };
  const ends = endsOf(w, store);
  await startDrill(w.t, ['a'], { endsAt: w.clock.now() });
  await startDrill(w.t, ['b'], { id: 'd2', endsAt: w.clock.now() });
  await ends.look();
  assert.equal(await idsOf(w), ['d1']);
  const later = async (ms: number) => {
    w.timers.advance(ms);
    await new Promise((turn) => setImmediate(turn));
    return looks;
  };
  assert.equal([await later(999), await later(1)], [1, 2]);
  await ends.close();
});

test('its end waits for the look that is under way, and no look begins after it', async (w) => {
  const { promise: asked, resolve: begun } = Promise.withResolvers<void>();
  const { promise: answer, resolve: go } = Promise.withResolvers<void>();
  let looks = 0;
  const ends = endsOf(w, {
    ...w.t.store,
    drills: async () => {
      looks += 1;
      begun();
      await answer;
      return [];
    },
  });
  void ends.look();
  await asked;
  let isClosed = false;
  const closed = ends.close().then(() => {
    isClosed = true;
  });
  await new Promise((turn) => setImmediate(turn));
  assert.is(isClosed, false);
  go();
  await closed;
  await ends.look();
  assert.equal([looks, w.timers.waiting], [1, 0]);
});

test('a drill that ended early leaves nothing to end, and close ends the looks', async (w) => {
  await endDrill(w.t, await startDrill(w.t, ['a'], { endsAt: w.clock.now() + 1_000 }));
  await w.ends.look();
  const before = (await items(w)).length;
  w.timers.advance(10_000);
  await w.ends.look();
  assert.is((await items(w)).length, before);
  await w.ends.close();
  assert.is(w.timers.waiting, 0);
});

test.run();
