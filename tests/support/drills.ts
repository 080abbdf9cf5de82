/** Drills for tests whose subject is something else. */
import { type Drill, onDrillEnded, onDrillStarted } from '../../server/domain/drill.ts';
import type { StoreUnderTest } from './store.ts';

/** Starts a drill of servers of `p1`, a minute long. */
export async function startDrill(
  { store, clock }: Pick<StoreUnderTest, 'store' | 'clock'>,
  servers: readonly string[],
  fields: Partial<Drill> = {},
): Promise<Drill> {
  const startedAt = clock.now();
  const drill: Drill = {
    id: 'd1',
    projectId: 'p1',
    userId: 'u1',
    servers,
    status: 'DOWN',
    startedAt,
    endsAt: startedAt + 60_000,
    ...fields,
  };
  await store.updateDrills(drill.projectId, servers, (drills, stateOf) =>
    onDrillStarted(drills, drill, stateOf, 100),
  );
  return drill;
}

export function endDrill(
  { store, clock }: Pick<StoreUnderTest, 'store' | 'clock'>,
  { id, projectId, servers }: Drill,
): Promise<void> {
  return store.updateDrills(projectId, servers, (drills, stateOf) =>
    onDrillEnded(drills, id, clock.now(), stateOf),
  );
}
