/** G7, G1: when all is quiet, log, tables and every application say the same. */
import type { SimAgent } from '../cast/agent.ts';
import type { Follower } from '../cast/follower.ts';
import type { Server } from '../cast/server.ts';
import { CONFIG, PROJECTS, type World } from '../world.ts';
import type { KnownState } from './history.ts';
import { serversIn, servicesIn } from './tables.ts';
import { isSameTo, type Sight } from './views.ts';

/** Pings and notices are not held to the bound: some may come after it was looked at and before what is written. */
const NOTICES = 1_024;

/** What must still happen before everything is quiet; undefined when nothing must. */
export function unrest(
  world: World,
  server: Server,
  agents: readonly SimAgent[],
  owners: readonly Follower[],
): string | undefined {
  const client = world.disk.client;
  if (client === undefined || server.running === undefined) return 'the server is not up';
  const rows = new Map(servicesIn(client).map((row) => [row.host, row]));
  for (const { host, isAlive } of agents) {
    const row = rows.get(host);
    if (isAlive && row?.live !== true && !mayBeHeld(world, host)) return `${host} reports and is not live`;
    if (!isAlive && row?.live === true) return `${host} is silent and counts as live`;
  }
  for (const owner of owners) {
    const head = world.history.head(owner.stream);
    if (!owner.isLive) return `${owner.name} is not live: ${owner.clientState}`;
    const { wire } = owner;
    if (wire?.hasAll(head) !== true) return `${owner.name} was not sent all up to ${head}`;
    const isNarrow = owner.stream !== 'hosts' && world.authority.policy.owners === 'unknown-only';
    if (wire.sight.isNarrow !== isNarrow) return `${owner.name} is shown what it was shown before`;
    if (!isSame(wire.sight, world.history.stateAt(owner.stream, head), owner.state))
      return `${owner.name} has not taken all`;
  }
  return undefined;
}

/** Of what flaps, the return to UP is held for longer than we wait here: from the fourth edge on. */
function mayBeHeld(world: World, host: string): boolean {
  const reported = world.history
    .rows('hosts')
    .flatMap(({ items }) => items.filter((item) => item.host === host));
  return reported.filter(({ facts }, index) => facts.live !== reported[index - 1]?.facts.live).length >= 4;
}

/** Holds the log against the tables, and the store's own answer against both. */
export async function checkQuiet(world: World, server: Server): Promise<void> {
  const client = world.disk.client;
  const running = server.running;
  if (client === undefined || running === undefined) return;
  for (const projectId of PROJECTS) {
    const stream = `project:${projectId}`;
    const reported = world.history.stateAt(stream, world.history.head(stream));
    const truth = serversIn(client, projectId);
    for (const [id, { status, facts }] of truth) {
      const known = reported.get(id);
      if (known?.status !== status || JSON.stringify(known.facts) !== JSON.stringify(facts))
        world.violations.add(
          'G7',
          `${id} is ${status} ${JSON.stringify(facts)} and was sent as ${JSON.stringify(known)}`,
        );
    }
    for (const id of reported.keys())
      if (!truth.has(id)) world.violations.add('G7', `${id} is gone and that was not sent`);
  }
  if (world.backlog.largest > CONFIG.maxBacklog + NOTICES)
    world.violations.add(
      'G8',
      `${world.backlog.largest} bytes waited for one reader, ${CONFIG.maxBacklog} may`,
    );
}

function isSame(
  sight: Sight,
  reported: ReadonlyMap<string, KnownState>,
  shown: ReadonlyMap<string, KnownState>,
): boolean {
  return [...new Set([...reported.keys(), ...shown.keys()])].every((id) =>
    isSameTo(sight, reported.get(id), shown.get(id)),
  );
}
