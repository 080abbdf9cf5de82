/** What may go wrong, and how often. Each is drawn from the seed and done to a world. */
import type { SimAgent } from './cast/agent.ts';
import type { Endpoint } from './cast/endpoint.ts';
import type { Follower } from './cast/follower.ts';
import type { Operator } from './cast/operator.ts';
import type { Backup, Server } from './cast/server.ts';
import type { CommitFault } from './machine/disk.ts';
import type { Random } from './machine/random.ts';
import { CONFIG, PROJECTS, type World } from './world.ts';

export interface Stage {
  readonly world: World;
  readonly server: Server;
  readonly agents: readonly SimAgent[];
  readonly owners: readonly Follower[];
  readonly endpoints: readonly Endpoint[];
  readonly operator: Operator;
  backup: Backup | undefined;
}

type Happening = (stage: Stage, random: Random) => void;

const COMMIT_FAULTS: readonly CommitFault[] = [
  'crash before',
  'crash inside',
  'crash after',
  'crash inside',
  'busy',
  'I/O error',
  'I/O error',
];

const hostOf = ({ agents }: Stage, random: Random) => random.pick(agents).host;

function pause({ world, server }: Pick<Stage, 'world' | 'server'>, ms: number): void {
  world.note(`the server stands still for ${Math.round(ms)}`);
  server.process?.pause(ms);
}

/**
 * A report comes just in time, and we stand still from before it until after the deadline: too short to be noticed.
 * Others have connected before, and are let in before.
 */
function stallOverDeadline({ world, server, agents }: Stage, random: Random): void {
  const agent = random.pick(agents);
  const deadline = world.silences.lastArrival(agent.host) + CONFIG.serviceDownTime;
  const report = deadline - random.between(150, 300);
  if (report < world.agenda.now + 100) return;
  agent.reportNotBefore(report);
  const strangers = random.whole(0, 40);
  world.agenda.at(report - random.between(10, 80), () => {
    for (let count = 0; count < strangers; count++) server.process?.accept(() => undefined);
    pause({ server, world }, random.between(450, 950));
  });
}

/** By name, with how often each happens beside the others. */
const HAPPENINGS: Readonly<Record<string, readonly [number, Happening]>> = {
  'agent dies': [4, ({ agents }, random) => random.pick(agents).die(random.chance(0.6))],
  'agent comes back': [6, ({ agents }, random) => random.pick(agents).start()],
  'agent blinks': [
    2,
    ({ world, agents }, random) => {
      const agent = random.pick(agents);
      agent.die(random.chance(0.5));
      world.agenda.after(random.between(100, 1.2 * CONFIG.serviceDownTime), () => agent.start());
    },
  ],
  'agent says goodbye': [
    2,
    ({ world, agents }, random) => {
      const agent = random.pick(agents);
      const ttl = random.between(200, 2_000);
      agent.goodbye(random.pick(['shutdown', 'restart']), ttl);
      world.agenda.after(random.between(100, 1.5 * ttl), () => agent.start());
    },
  ],
  'agent is cut off': [2, ({ agents }, random) => random.pick(agents).partition(random.between(200, 5_000))],
  'connection of an agent breaks': [4, ({ agents }, random) => random.pick(agents).breakConnection()],
  'force-down': [
    7,
    (stage, random) => stage.operator.switch(hostOf(stage, random), { forcedDown: random.chance(0.6) }),
  ],
  'enable or disable': [
    4,
    (stage, random) => stage.operator.switch(hostOf(stage, random), { disabled: random.chance(0.5) }),
  ],
  'service deleted': [1, (stage, random) => stage.operator.removeService(hostOf(stage, random))],
  'server placed': [3, (stage, random) => stage.operator.place(random.pick(PROJECTS), hostOf(stage, random))],
  'server moves': [4, (stage, random) => stage.operator.move(hostOf(stage, random))],
  'server deleted': [1, ({ operator }) => operator.remove()],
  'the server stalls': [4, (stage, random) => pause(stage, random.between(50, 1_400))],
  'the server stalls over a deadline': [4, stallOverDeadline],
  'the server is stopped': [2, (stage, random) => pause(stage, random.between(1_500, 12_000))],
  'the machine is suspended': [2, ({ server }, random) => server.suspend(random.between(1_600, 9_000))],
  'the server is killed': [1, ({ server }) => server.crash('the server dies between two turns')],
  'the server is killed amid a turn': [
    2,
    ({ server }, random) =>
      server.process?.dieAfter(random.whole(1, 40), () =>
        server.crash('the server dies between two callbacks'),
      ),
  ],
  'the server is killed after it said something': [
    2,
    ({ world, server }, random) => {
      world.network.afterSends(server.process, random.whole(1, 12), () =>
        server.crash('the server dies between two messages'),
      );
    },
  ],
  'the server is asked to end': [2, ({ server }) => server.stop()],
  'a backup is taken': [
    2,
    (stage) => {
      const image = stage.world.disk.backup();
      if (image !== undefined) stage.backup = { image, heads: stage.world.history.heads };
    },
  ],
  'a backup is put back': [
    2,
    ({ backup, server }) => {
      if (backup !== undefined) server.restore(backup);
    },
  ],
  'a commit fails': [
    7,
    ({ world, server }, random) => {
      world.disk.fault = random.pick(COMMIT_FAULTS);
      world.note(`the next commit: ${world.disk.fault}`);
      server.disturb();
    },
  ],
  'the disk is full': [
    1,
    ({ world, server }, random) => {
      world.note('the disk is full');
      world.disk.fill();
      world.agenda.after(random.between(100, 3_000), () => {
        world.note('the disk has space');
        world.disk.makeRoom();
        server.disturb();
      });
    },
  ],
  'the wall clock is set': [
    2,
    ({ world, server }, random) => {
      const by = random.pick([-1, 1]) * random.pick([2_000, 3_600_000, 9e11]);
      world.note(`the wall clock is set by ${by}`);
      server.process?.stepWall(by);
    },
  ],
  'the log is trimmed': [
    2,
    ({ world, server }, random) => {
      const running = server.running;
      const keep = random.whole(0, 12);
      world.note(`the log is trimmed to ${keep}`);
      running?.process.deliver({}, () => void running.store.trim(0, keep, 500).catch(() => undefined));
    },
  ],
  'everybody comes back in a burst of changes': [
    3,
    (stage, random) => {
      for (const owner of stage.owners) owner.disturb('reset', 0);
      for (let count = 0; count < 20; count++)
        stage.world.agenda.after(random.between(0, 2_500), () =>
          stage.operator.switch(hostOf(stage, random), { disabled: random.chance(0.5) }),
        );
    },
  ],
  'way of an owner': [
    6,
    ({ owners }, random) =>
      random
        .pick(owners)
        .disturb(random.pick(['reset', 'cut', 'stall', 'partition']), random.between(50, 4_000)),
  ],
  'the policy changes': [
    3,
    ({ world: { authority }, server }, random) => {
      const owners = random.pick(['all', 'all', 'unknown-only', 'unknown-only', 'none'] as const);
      server.tell(() => authority.show(owners));
    },
  ],
  'tokens are revoked': [
    2,
    ({ world: { authority }, server }, random) =>
      authority.revokeAll(random.pick([...PROJECTS, 'admin']), (then) => server.tell(then)),
  ],
  'an endpoint is away': [
    2,
    ({ endpoints }, random) => {
      if (endpoints.length > 0) random.pick(endpoints).away(random.between(100, 3_000));
    },
  ],
  'owner dies': [2, ({ owners }, random) => random.pick(owners).crash()],
  'owner stands still': [
    1,
    ({ owners }, random) => random.pick(owners).process.pause(random.between(100, 5_000)),
  ],
};

const NAMES = Object.keys(HAPPENINGS);
const TOTAL = NAMES.reduce((sum, name) => sum + weightOf(name), 0);

function weightOf(name: string): number {
  return HAPPENINGS[name]?.[0] ?? 0;
}

/** Draws one and lets it happen. */
export function happen(stage: Stage, random: Random): void {
  let draw = random.between(0, TOTAL);
  for (const name of NAMES) {
    draw -= weightOf(name);
    if (draw >= 0) continue;
    stage.world.count(name);
    HAPPENINGS[name]?.[1](stage, random);
    return;
  }
}
