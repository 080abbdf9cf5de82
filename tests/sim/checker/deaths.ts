/** G5: a true death is reported within its bound, counted from when the server could report it. */
import type { SimAgent } from '../cast/agent.ts';
import type { Server } from '../cast/server.ts';
import { CONFIG, type World } from '../world.ts';
import { servicesIn } from './tables.ts';

/** Its own time, or the one that is granted after a restart. */
const PERIOD = Math.max(CONFIG.serviceDownTime, 2 * CONFIG.reportInterval);
/** A hold after a pause of ours, a service that said it would be back, retries of the database, some turns. */
const HOLD = 1.5 * CONFIG.reportInterval;
const EXPECTED = 2_500;
const SLACK = 800;
/** Where many fall silent together the server first checks whether it can receive. */
const MASS_HOLD = 10_000;
const MASS = 3;

export function checkDeaths(world: World, server: Server, agents: readonly SimAgent[]): void {
  const client = world.disk.client;
  if (client === undefined || server.running === undefined) return;
  const { now } = world.agenda;
  const sound = server.soundSince;
  const dead = new Set(agents.filter(({ isAlive }) => !isAlive).map(({ host }) => host));
  const mass = dead.size >= MASS ? MASS_HOLD : 0;
  for (const { host, live } of servicesIn(client)) {
    if (!live || !dead.has(host)) continue;
    const since = Math.max(world.silences.lastReport(host), sound);
    const bound = PERIOD + HOLD + EXPECTED + mass + SLACK;
    if (now - since > bound)
      world.violations.add(
        'G5',
        `${host} has been silent since ${Math.round(since)} and it was not reported`,
      );
  }
}
