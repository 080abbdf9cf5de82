import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Drill } from '../../server/domain/drill.ts';
import { DomainError } from '../../server/domain/errors.ts';
import { Drills, type DrillsOptions } from '../../server/drills/drills.ts';
import { FakeClock } from '../support/clock.ts';
import { anIdentity } from '../support/identity.ts';

const test = suite('drills');

const DRILL: Drill = {
  id: 'd1',
  projectId: 'p1',
  userId: 'u1',
  servers: ['s1'],
  status: 'DOWN',
  startedAt: 0,
  endsAt: 60_000,
};

/** @param there drills that are still under way when one of them is to be ended */
function drillsOf(...there: readonly Drill[]) {
  let written = 0;
  const store = {
    drills: async () => [DRILL],
    updateDrills: async (_project, _servers, decide) => {
      decide(there, () => undefined);
      written += 1;
    },
  } as DrillsOptions['store'];
  const drills = new Drills({
    store,
    clock: new FakeClock(),
    newId: () => 'd2',
    maxPerProject: 10,
    seesAll: () => true,
    started: () => undefined,
  });
  return { drills, written: () => written };
}

test('a drill that ended since it was looked for is not ended again', async () => {
  const { drills, written } = drillsOf();
  try {
    await drills.end(DRILL.id, anIdentity({ roles: ['member'] }));
    assert.unreachable();
  } catch (error) {
    assert.instance(error, DomainError);
    assert.is((error as DomainError).code, 'not_found');
  }
  assert.is(written(), 0);
});

test('a running drill is ended once', async () => {
  const { drills, written } = drillsOf(DRILL);
  await drills.end(DRILL.id, anIdentity({ roles: ['member'] }));
  assert.is(written(), 1);
});

test.run();
