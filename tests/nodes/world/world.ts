/**
 * Three nodes on one simulated database, agents that report to any of them and move on when one does not answer, and
 * faults. Nodes and liveness are the real ones; time, database and network are not.
 */
import { newService } from '../../../server/domain/transition.ts';
import type { Identity } from '../../../server/identity/identity.ts';
import { createLiveness, type Liveness } from '../../../server/liveness/liveness.ts';
import { Nodes } from '../../../server/nodes/nodes.ts';
import type { Coordination, SharedHearing } from '../../../server/ports/nodes.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { Agenda, Random } from './agenda.ts';
import { Database, type LinkFaults } from './database.ts';
import { Machine } from './machine.ts';

/** A guard that a run is made without, to see that it is needed. */
export type Guard = 'ask' | 'hold' | 'missed' | 'fence';
export const GUARDS: readonly Guard[] = ['ask', 'hold', 'missed', 'fence'];

const INTERVAL = 1_000;
const DOWN_TIME = 4_000;
const NODES = 3;
const AGENTS = 9;
/** A node that does not answer for this long is left. */
const ANSWER = 700;
const FAULTS_FROM = 6_000;
const FAULTS_UNTIL = 18_000;
const END = 36_000;
/** Agents that report so seldom that they are nearly late each time. */
const LAZY = 4;
/** What a node that was killed heard before its last digest. */
const UNSENT = 260;

const REPORTER: Identity = {
  kind: 'user',
  userId: 'agents',
  userName: 'agents',
  userDomainId: 'default',
  projectId: 'p',
  projectName: 'p',
  roles: ['service'],
  expiresAt: null,
  hosts: [],
};

interface Node {
  readonly id: number;
  readonly machine: Machine;
  readonly nodes: Nodes;
  readonly liveness: Liveness;
  readonly faults: LinkFaults;
  isOpen: boolean;
  /** When it last was unable to tell the others what it hears. */
  mutedAt: number;
  killedAt: number;
  /** When it last asked the others. */
  askedAt: number;
}

interface Agent {
  readonly host: string;
  readonly isLazy: boolean;
  at: number;
  diesAt: number;
  /** Reports that were answered: when, and by whom. */
  readonly answered: { readonly at: number; readonly node: Node }[];
}

export interface Outcome {
  readonly violations: readonly string[];
  readonly commits: number;
}

export async function runWorld(
  seed: number,
  without?: Guard,
  trace?: (line: string) => void,
): Promise<Outcome> {
  const agenda = new Agenda();
  const random = new Random(seed);
  const violations: string[] = [];
  const say = (line: string) => trace?.(`${(agenda.now / 1_000).toFixed(3)} ${line}`);
  const nodes: Node[] = [];
  let lastId = 0;

  const agents: Agent[] = Array.from({ length: AGENTS }, (_, n) => ({
    host: `h${n}`,
    isLazy: n < LAZY,
    at: n % NODES,
    diesAt: random.chance(0.3) ? random.between(FAULTS_FROM, FAULTS_UNTIL) : Number.POSITIVE_INFINITY,
    answered: [],
  }));

  const database = new Database(agenda, new Random(seed + 7_777_777), {
    committed(node, news, fence) {
      const { before, after } = news;
      if (before?.live !== true || after?.live !== false) return;
      say(`node ${node} commits the silence of ${after.host} with fence ${fence}`);
      if (fence !== database.fence)
        violations.push(`${after.host}: silenced with fence ${fence}, which is not the leader's`);
      judge(after.host, nodes.find(({ id }) => id === node) as Node);
    },
  });
  database.ignoresFence = without === 'fence';

  /**
   * No service may be called silent while a node that lives has a report of its last service_down_time, or while its
   * agent still has time to leave a node that was killed.
   */
  function judge(host: string, leader: Node): void {
    const reports = agents.find((each) => each.host === host)?.answered ?? [];
    const now = agenda.now;
    const known = reports.findLast(({ at, node }) => at <= leader.askedAt && isKnown(node, at));
    if (known !== undefined && known.at > now - DOWN_TIME)
      violations.push(
        `${host}: silenced at ${now | 0}, and node ${known.node.id} had its report of ${known.at | 0}`,
      );
    const last = reports.at(-1);
    if (last === undefined || last.node.killedAt - UNSENT < last.at || last.node.mutedAt > last.at - 1_500)
      return;
    if (last.at + DOWN_TIME > last.node.killedAt && now < last.node.killedAt - UNSENT + DOWN_TIME)
      violations.push(
        `${host}: silenced at ${now | 0}, too soon after node ${last.node.id} was killed at ${last.node.killedAt | 0}`,
      );
  }

  /** Had the node time and means to pass on what it heard then? */
  function isKnown({ machine, mutedAt }: Node, at: number): boolean {
    if (machine.isDead || machine.isStopped) return false;
    return mutedAt < at - 1_500;
  }

  async function start(): Promise<void> {
    lastId += 1;
    const id = lastId;
    const machine = new Machine(agenda, random.between(0, 1e6));
    const link = database.linkOf(id, machine);
    const group = new Nodes({
      link,
      signingKey: new Uint8Array(32),
      clock: machine.clock,
      setTimer: machine.setTimer,
      logger: noLogger,
      tail: () => ({ commit: database.commits }),
    });
    group.onLead((is) => say(`node ${id} ${is ? 'leads' : 'follows'}`));
    const coordination: Coordination = {
      lead: () => group.lead(),
      ask: () => {
        node.askedAt = agenda.now;
        return without === 'ask' ? Promise.resolve(true) : group.ask();
      },
      cannotHearOthers: () => (without === 'missed' ? undefined : group.cannotHearOthers()),
    };
    const liveness = createLiveness({
      store: database.storeOf(id, machine),
      clock: machine.clock,
      rules: { order: 'documented', ownersSeeReason: false },
      config: {
        reportInterval: INTERVAL,
        serviceDownTime: DOWN_TIME,
        reconnectWindow: 2_000,
        massHold: 0,
        flapDamping: false,
      },
      logger: noLogger,
      uuid: () => 'unused',
      timers: machine.timers,
      coordination,
    });
    const node: Node = {
      id,
      machine,
      nodes: group,
      liveness,
      faults: link.faults,
      isOpen: false,
      mutedAt: 0,
      killedAt: Number.POSITIVE_INFINITY,
      askedAt: 0,
    };
    nodes.push(node);
    await liveness.start();
    const shared = liveness.shared as SharedHearing;
    if (without === 'hold') shared.lost = () => 0;
    if (without === 'missed') shared.missed = () => undefined;
    void group.start(shared).then(() => {
      node.isOpen = true;
      say(`node ${id} takes reports`);
    });
  }

  const usable = () => nodes.filter(({ machine }) => !machine.isDead);

  function report(agent: Agent): void {
    if (agenda.now >= agent.diesAt) return;
    const there = usable();
    const node = there[agent.at % Math.max(1, there.length)];
    let isAnswered = false;
    const moveOn = () => {
      if (isAnswered || agenda.now >= agent.diesAt) return;
      isAnswered = true;
      agent.at += 1;
      report(agent);
    };
    agenda.after(ANSWER, moveOn);
    agenda.after(random.between(0.5, 10), () => {
      if (node === undefined || node.machine.isDead || !node.isOpen) return;
      node.machine.after(0, () => {
        if (node.nodes.cannotHearOthers() !== undefined) return;
        void node.liveness.accept([{ host: agent.host }], REPORTER).then(
          () => undefined,
          () => undefined,
        );
        const at = agenda.now;
        agenda.after(1, () => {
          agent.answered.push({ at, node });
          isAnswered = true;
        });
      });
    });
  }

  function keepReporting(agent: Agent): void {
    if (agenda.now >= agent.diesAt) return;
    report(agent);
    const wait = agent.isLazy ? random.between(2_000, 3_990) : INTERVAL * random.between(0.9, 1);
    agenda.after(wait, () => keepReporting(agent));
  }

  function fault(): void {
    if (agenda.now > FAULTS_UNTIL) return;
    agenda.after(random.between(200, 3_000), fault);
    const there = usable().filter(({ isOpen }) => isOpen);
    if (there.length === 0) return;
    const leader = there.find(({ id }) => id === database.lease.holder);
    const node = leader !== undefined && random.chance(0.5) ? leader : random.pick(there);
    const kind = random.pick(['kill', 'stop', 'stop', 'cut', 'cut', 'mute', 'slow', 'leave'] as const);
    const ms = random.between(50, random.chance(0.3) ? 8_000 : 1_500);
    say(`${kind} node ${node.id} for ${ms.toFixed(0)} ms`);
    if (kind === 'kill' && there.length > 1) {
      node.killedAt = agenda.now;
      node.machine.kill();
      database.disconnect(node.id);
      agenda.after(random.between(1_000, 5_000), () => void start());
    } else if (kind === 'stop') {
      node.machine.stop(ms);
      node.mutedAt = Math.max(node.mutedAt, agenda.now + ms);
    } else if (kind === 'cut') node.faults.loseListening(random.chance(0.5), ms);
    else if (kind === 'mute') {
      node.faults.cannotSend = true;
      node.mutedAt = Math.max(node.mutedAt, agenda.now + ms + 1_500);
      agenda.after(ms, () => {
        node.faults.cannotSend = false;
      });
    } else if (kind === 'slow') {
      database.slow = random.between(0, 150);
      agenda.after(ms, () => {
        database.slow = 0;
      });
    } else if (kind === 'leave' && there.length > 1) {
      node.isOpen = false;
      void node.nodes.leave().then(() => node.nodes.close());
      node.machine.after(1_500, () => {
        node.machine.kill();
        database.disconnect(node.id);
        agenda.after(random.between(500, 3_000), () => void start());
      });
    }
  }

  for (const [n, { host }] of agents.entries()) {
    const service = newService({ uuid: `u${n}`, host, binary: 'nova-compute' }, 1_700_000_000_000);
    database.services.set(n + 1, { ...service, id: n + 1, live: true, lastSeenUp: 1_700_000_000_000 });
  }
  for (let n = 0; n < NODES; n++) agenda.at(n * random.between(0, 1_500), () => void start());
  for (const agent of agents) agenda.at(random.between(2_500, 4_000), () => keepReporting(agent));
  agenda.at(FAULTS_FROM, fault);
  await agenda.until(END);

  for (const { host, diesAt } of agents) {
    const service = [...database.services.values()].find((each) => each.host === host);
    if (service?.live !== diesAt > END)
      violations.push(`${host}: is ${service?.live ? 'live' : 'silent'} in the end`);
    for (const { id, machine, liveness } of nodes) {
      if (machine.isDead) continue;
      const known = liveness.knowledgeOf({ host, binary: 'nova-compute' });
      if ((known?.silentInMs !== null) !== service?.live)
        violations.push(`${host}: node ${id} knows something else`);
    }
  }
  for (const { machine } of nodes) machine.kill();
  return { violations, commits: database.commits };
}
