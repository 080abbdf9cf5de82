import { randomUUID } from 'node:crypto';
import { DrillEnds } from '../drills/drill-ends.ts';
import { Drills } from '../drills/drills.ts';
import { entitlementOf } from '../stream/entitlement.ts';
import { systemTimers } from '../timers.ts';
import type { Core } from './core.ts';
import type { StartedPolicy } from './policy.ts';
import type { Storage } from './storage.ts';

/** Ends the drills whose time passed while no server ran, and continues the others. */
export async function startDrills(
  { config, clock, logger, closing }: Core,
  { store, policy }: Pick<Storage, 'store'> & Pick<StartedPolicy, 'policy'>,
): Promise<Drills> {
  const ends = new DrillEnds({ store, clock, logger, setTimer: systemTimers.setTimer });
  closing.add(() => ends.close());
  await ends.look();
  return new Drills({
    store,
    clock,
    newId: randomUUID,
    maxPerProject: config.maxDrills,
    seesAll: (who) => entitlementOf(who, { stream: 'project' }, policy)?.visibility === 'all',
    started: () => void ends.look(),
  });
}
