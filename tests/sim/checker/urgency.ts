/** G6: DOWN and its lifting reach everyone who follows, at once. */
import type { Follower } from '../cast/follower.ts';
import type { Server } from '../cast/server.ts';
import { MAX_LATENCY } from '../machine/network.ts';
import type { World } from '../world.ts';
import type { Row } from './history.ts';

/** From the commit to the client's application side, beside the way: a few turns of two event loops. */
const BOUND = 30;

/** For each owner who follows at the commit, looks again when the bound is over. */
export function checkUrgency(
  world: World,
  server: Server,
  owners: readonly Follower[],
  stream: string,
  row: Row,
): void {
  if (!row.items.some(({ from, to }) => (from === 'DOWN') !== (to === 'DOWN'))) return;
  const committedAt = world.agenda.now;
  const { crashes } = server;
  for (const owner of owners) {
    if (owner.stream !== stream) continue;
    const before = owner.following;
    const process = owner.process;
    if (!before?.wire.hasAll(row.seq - 1) || server.running === undefined) continue;
    world.agenda.after(MAX_LATENCY + BOUND, () => {
      const after = owner.following;
      const sent = after?.connection !== before.connection || after.wire.hasAll(row.seq);
      const excused =
        server.crashes !== crashes ||
        server.soundSince > committedAt - 1_000 ||
        process !== owner.process ||
        process.disturbedUntil > committedAt - 1_000 ||
        !before.connection.isSoundSince(committedAt - 1_000);
      if (!sent && !excused)
        world.violations.add(
          'G6',
          `${owner.name} did not receive ${stream} ${row.seq}, committed at ${committedAt}`,
        );
    });
  }
}
