/** One world from its seed: some seconds in which things go wrong, then quiet, and the judgement. */
import { SimAgent } from './cast/agent.ts';
import { Endpoint } from './cast/endpoint.ts';
import type { Follower } from './cast/follower.ts';
import { Operator } from './cast/operator.ts';
import { Owner } from './cast/owner.ts';
import { Poller } from './cast/poller.ts';
import { Server } from './cast/server.ts';
import { checkDeaths } from './checker/deaths.ts';
import type { Row } from './checker/history.ts';
import { checkQuiet, unrest } from './checker/quiet.ts';
import { floorOf } from './checker/tables.ts';
import { checkUrgency } from './checker/urgency.ts';
import type { Violation } from './checker/violations.ts';
import { happen, type Stage } from './faults.ts';
import { SimProcess } from './machine/process.ts';
import { CONFIG, createWorld, PROJECTS, type World } from './world.ts';

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  /** What the world did: proof that seeds are not idle. */
  readonly acts: number;
  readonly rows: number;
  /** How long it lasted, ms. */
  readonly end: number;
  readonly crashes: number;
  /** The most bytes that ever waited for one reader. */
  readonly backlog: number;
  /** How often what was done to it. */
  readonly injected: ReadonlyMap<string, number>;
}

/** When faults end, and how long quiet may take to come: several back-offs of a client, and every bound there is. */
const QUIET_WITHIN = 60_000;
const STATUSES = ['UP', 'UNKNOWN', 'DOWN', 'MAINTENANCE'];

/** @param trace called with everything that happens, one line each */
export async function simulate(seed: number, trace?: (line: string) => void): Promise<Outcome> {
  const world = createWorld(seed, trace);
  const rejected = (error: unknown) => {
    // What a dead process leaves unanswered is nobody's; in a living one this would be the end of it.
    if (!String(error).includes('database connection is not open'))
      world.violations.add('G4', `nobody caught: ${error instanceof Error ? error.stack : String(error)}`);
  };
  process.on('unhandledRejection', rejected);
  try {
    const stage = raise(world);
    await play(stage);
    world.disk.crash();
    return {
      seed,
      violations: world.violations.all,
      acts: world.agenda.acts,
      rows: world.history.head('hosts'),
      end: world.agenda.now,
      crashes: stage.server.crashes,
      backlog: world.backlog.largest,
      injected: world.injected,
    };
  } finally {
    process.off('unhandledRejection', rejected);
  }
}

function raise(world: World): Stage {
  const { random } = world;
  const endpoints = PROJECTS.filter(() => random.chance(0.3)).map((id) => new Endpoint(world, id));
  const server = new Server(world, endpoints);
  const machines = new SimProcess('agents', world.agenda, random.branch());
  const agents = Array.from({ length: random.whole(3, 7) }, (_, index) => {
    const kind = random.pick(['http', 'socket'] as const);
    // Some are slower than they should be: two of their intervals are nearly all the time they have.
    const slow = kind === 'http' && random.chance(0.3);
    const interval = (slow ? random.between(1, 1.38) : random.between(0.8, 1)) * CONFIG.reportInterval;
    const options = { host: `hv-${index}.rack`, kind, interval, loss: slow && random.chance(0.6) ? 0.15 : 0 };
    return new SimAgent(world, server, machines, options);
  });
  const operator = new Operator(world, server);
  const streams = [
    ...PROJECTS.map((id) => ({ who: id as string, stream: `project:${id}` })),
    { who: 'admin', stream: 'hosts' },
  ];
  const owners = streams.flatMap(({ who, stream }) =>
    Array.from({ length: who === 'admin' ? 1 : random.whole(1, 3) }, (_, index): Follower => {
      const others = PROJECTS.filter((id) => id !== who);
      const options = {
        name: `${who}-${index}`,
        who,
        stream,
        wanted: random.chance(0.15) ? new Set(random.shuffled(STATUSES).slice(0, 2)) : undefined,
        forbidden: who === 'admin' ? [] : ['hv-', '.rack', 'operator', ...others.map((id) => `vm-${id}-`)],
        floor: (of: string) => floorOf(world.disk.client, of),
      };
      if (random.chance(0.15)) return new Poller(world, server, options);
      return new Owner(world, server, {
        ...options,
        transport: random.chance(0.25) ? 'events' : 'websocket',
        slowness: random.chance(0.2) ? random.between(5, 300) : 0,
        maxBuffered: random.chance(0.5) ? random.whole(1, 8) : 10_000,
      });
    }),
  );
  const stage = { world, server, agents, owners, endpoints, operator, backup: undefined };
  world.history.onRow = (stream, row) => onRow(stage, stream, row);
  return stage;
}

function onRow(stage: Stage, stream: string, row: Row): void {
  const { world, server, agents, owners } = stage;
  world.note(
    `committed ${stream} ${row.seq}: ${row.items.map(({ kind, from, to, cause }) => `${kind} ${from}>${to} ${cause}`).join(', ')}`,
  );
  if (stream === 'hosts')
    for (const item of row.items)
      if (
        item.host !== undefined &&
        !item.facts.live &&
        ['timeout', 'mass', 'goodbye', 'connection_lost'].includes(item.cause)
      )
        world.silences.silenced(
          item.host,
          item,
          agents.some(({ host, isAlive }) => host === item.host && isAlive),
          server.soundSince,
        );
  checkUrgency(world, server, owners, stream, row);
}

async function play(stage: Stage): Promise<void> {
  const { world, server, agents, owners, operator } = stage;
  const { agenda, random, violations } = world;
  const chance = random.branch();
  const stop = () => violations.any;
  server.start();
  for (const agent of agents) if (random.chance(0.9)) agent.start();
  for (const owner of owners) agenda.after(random.between(0, 1_500), () => owner.start());
  for (let count = random.whole(4, 20); count > 0; count--)
    agenda.after(random.between(100, 1_500), () =>
      operator.place(random.pick(PROJECTS), random.pick(agents).host),
    );
  const end = random.between(2_500, 7_500);
  const every = random.between(60, 600);
  const again = () => {
    if (agenda.now >= end) return;
    happen(stage, chance);
    agenda.after(random.between(0, 2 * every), again);
  };
  agenda.after(1_000, again);
  const probe = () => {
    checkDeaths(world, server, agents);
    agenda.after(500, probe);
  };
  agenda.after(500, probe);
  await agenda.run(end, stop);
  await calm(stage, stop);
}

/** The faults are over; now everybody must come to know everything. */
async function calm(stage: Stage, stop: () => boolean): Promise<void> {
  const { world, server, agents, owners, endpoints } = stage;
  const { agenda, random, violations, authority } = world;
  world.note('quiet');
  world.disk.fault = undefined;
  world.network.afterSends(undefined, 0, () => undefined);
  const shown = random.pick(['all', 'unknown-only'] as const);
  for (const one of [...owners, ...endpoints]) one.heal();
  const until = agenda.now + QUIET_WITHIN;
  let left: string | undefined = 'nothing was looked at';
  let quietSince = agenda.now;
  while (!violations.any && agenda.now < until) {
    await agenda.run(agenda.now + 200, stop);
    if (authority.policy.owners !== shown) server.tell(() => authority.show(shown));
    for (const endpoint of endpoints) endpoint.resume(server.running);
    left = unrest(world, server, agents, owners) ?? endpoints.map(({ check }) => check.missing).find(Boolean);
    if (left !== undefined) quietSince = agenda.now;
    if (agenda.now - quietSince >= 600) break;
  }
  if (violations.any) return;
  if (left !== undefined) violations.add('G1', `it does not come to rest: ${left}`);
  else await checkQuiet(world, server);
}
