/** Everything that all parts of one simulated world share. */
import { loadConfig } from '../../server/config/load.ts';
import type { Rules } from '../../server/domain/decision.ts';
import { Authority } from './cast/authority.ts';
import { History } from './checker/history.ts';
import { Silences } from './checker/silences.ts';
import { Violations } from './checker/violations.ts';
import { Agenda } from './machine/agenda.ts';
import { Disk } from './machine/disk.ts';
import { Network } from './machine/network.ts';
import { Random } from './machine/random.ts';

export const RULES: Rules = { order: 'documented', ownersSeeReason: false };
export const PROJECTS = ['pa', 'pb'] as const;

/** Short times, so that much happens in little; every bound below follows from these. */
const { config } = loadConfig({
  env: {
    HOSTBEAT_REPORT_INTERVAL: '1',
    HOSTBEAT_SERVICE_DOWN_TIME: '3',
    HOSTBEAT_RECONNECT_WINDOW: '1',
    HOSTBEAT_HEALTH_INTERVAL: '1',
    HOSTBEAT_PING_INTERVAL: '2',
    HOSTBEAT_PONG_TIMEOUT: '1',
    HOSTBEAT_HELLO_TIMEOUT: '2',
  },
});
/** Bounds below the least that an operator may set, so that worlds as small as these come up against them. */
export const CONFIG = { ...config, maxBacklog: 4_096, maxReplay: 25 };

export interface World {
  readonly seed: number;
  readonly random: Random;
  readonly agenda: Agenda;
  readonly network: Network;
  readonly disk: Disk;
  readonly violations: Violations;
  /** Another one once a backup was put back. */
  history: History;
  readonly silences: Silences;
  readonly authority: Authority;
  /** How often what was done to this world. */
  readonly injected: Map<string, number>;
  readonly backlog: { largest: number };
  readonly count: (what: string) => void;
  readonly note: (what: string) => void;
}

export function createWorld(seed: number, trace?: (line: string) => void): World {
  const random = new Random(seed);
  const agenda = new Agenda(random.branch());
  const now = () => agenda.now;
  const violations = new Violations(now);
  const injected = new Map<string, number>();
  return {
    seed,
    random,
    agenda,
    network: new Network(agenda, random.branch()),
    disk: new Disk(),
    violations,
    history: new History(violations, now),
    silences: new Silences(
      { downTime: CONFIG.serviceDownTime, reconnectWindow: CONFIG.reconnectWindow },
      violations,
      now,
    ),
    authority: new Authority(now, random.branch()),
    injected,
    count: (what) => void injected.set(what, (injected.get(what) ?? 0) + 1),
    backlog: { largest: 0 },
    note: (what) => trace?.(`${agenda.now.toFixed(1).padStart(9)}  ${what}`),
  };
}
