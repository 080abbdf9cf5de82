/**
 * A process with liveness and its database and nothing else: no network, no parsing. It measures the cost of services,
 * and of changes to them. `at-rest.ts FILE SERVICES SCENARIO SECONDS` prints a JSON line.
 */
import { randomUUID } from 'node:crypto';
import { type Database, openDatabase } from '../../db/open.ts';
import { openClient } from '../../db/sqlite/file/client.ts';
import type { Rules } from '../../server/domain/decision.ts';
import { onSwitched } from '../../server/domain/transition.ts';
import type { Identity } from '../../server/identity/identity.ts';
import { createLiveness, type Liveness } from '../../server/liveness/liveness.ts';
import { systemClock as clock } from '../../server/runtime/clock.ts';
import { noLogger as logger } from '../../server/telemetry/logger.ts';

/**
 * `idle`: no service reports and no deadline passes. `changes`: as idle, and of all the services a thousand report once
 * a second and twenty a second are forced down or up. `reports`: every service reports once in ten seconds, spread over
 * them.
 */
export type Scenario = 'idle' | 'changes' | 'reports';

export interface AtRest {
  readonly cpuPercent: number;
  readonly rssMb: number;
  readonly reportsPerSecond: number;
  readonly changesPerSecond: number;
}

const INTERVAL = 10_000;
/** Warm-up before anything is counted: compiled code, the first write of last reports. */
const WARM_UP = 12_000;
const BATCH = 100;
const STEP = 20;
const RULES: Rules = { order: 'documented', ownersSeeReason: false };
const GATEWAY: Identity = {
  kind: 'user',
  userId: 'gateway',
  userName: 'gateway',
  userDomainId: 'default',
  projectId: 'p',
  projectName: 'p',
  roles: ['service'],
  expiresAt: null,
  hosts: [],
};

const [file = '', services = '0', scenario = 'idle', seconds = '10'] = process.argv.slice(2);
console.log(JSON.stringify(await measure(file, Number(services), scenario as Scenario, Number(seconds))));

async function measure(path: string, count: number, scenario: Scenario, seconds: number): Promise<AtRest> {
  const open = () => openDatabase(`sqlite:${path}`, { clock, rules: RULES, logger });
  await (await open()).close();
  insert(path, count);
  const database = await open();
  const liveness = createLiveness({
    store: database.store,
    clock,
    rules: RULES,
    config: {
      reportInterval: INTERVAL,
      serviceDownTime: scenario === 'reports' ? 60_000 : 3_600_000,
      reconnectWindow: 2_000,
    },
    logger,
    uuid: randomUUID,
  });
  await liveness.start();
  const work = begin(scenario, count, liveness, database);
  await pause(WARM_UP);
  const [cpu, start, before] = [process.cpuUsage(), performance.now(), { ...work.done }];
  await pause(seconds * 1_000);
  const { user, system } = process.cpuUsage(cpu);
  const took = performance.now() - start;
  const done = work.done;
  work.stop();
  const result: AtRest = {
    cpuPercent: (user + system) / 10 / took,
    rssMb: process.memoryUsage.rss() / 2 ** 20,
    reportsPerSecond: ((done.reports - before.reports) * 1_000) / took,
    changesPerSecond: ((done.changes - before.changes) * 1_000) / took,
  };
  const { silent } = liveness.counts();
  if (silent > 0) throw new Error(`${silent} services fell silent: the load did not keep up`);
  await liveness.close();
  await database.close();
  return result;
}

/** Live services, as if they had reported just now. */
function insert(path: string, count: number): void {
  const client = openClient(path);
  client
    .prepare(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < @count)
       INSERT INTO services (uuid, host, binary, zone, disabled, forced_down, fence, live, last_seen_up,
                             created_at, updated_at, status_since)
       SELECT lower(hex(randomblob(16))), 'host-' || i, 'nova-compute', 'nova', 0, 0, 'none', 1, @at, @at, @at, @at FROM n`,
    )
    .run({ count, at: clock.now() });
  client.close();
}

function begin(scenario: Scenario, count: number, liveness: Liveness, { store }: Database) {
  const done = { reports: 0, changes: 0 };
  const reporting = scenario === 'idle' ? 0 : scenario === 'changes' ? Math.min(count, 1_000) : count;
  const every = scenario === 'changes' ? 1_000 : INTERVAL;
  const batches = Array.from({ length: Math.ceil(reporting / BATCH) }, (_, n) =>
    Array.from({ length: Math.min(BATCH, reporting - n * BATCH) }, (_, k) => ({
      host: `host-${n * BATCH + k}`,
      binary: 'nova-compute',
    })),
  );
  const start = performance.now();
  let sent = 0;
  const turn = () => {
    const due = Math.floor(((performance.now() - start) / every) * batches.length);
    for (; sent < due; sent += 1) {
      const batch = batches[sent % batches.length] ?? [];
      void liveness.accept(batch, GATEWAY);
      done.reports += batch.length;
    }
    if (scenario !== 'changes') return;
    for (; done.changes < ((performance.now() - start) * 20) / 1_000; done.changes += 1) {
      const host = `host-${done.changes % Math.min(count, 1_000)}`;
      const forcedDown = Math.floor(done.changes / Math.min(count, 1_000)) % 2 === 0;
      void store.updateService({ host, binary: 'nova-compute' }, (current) =>
        onSwitched(current, { forcedDown }, { actor: 'bench', at: clock.now() }, RULES),
      );
    }
  };
  const timer = setInterval(turn, STEP);
  return { done, stop: () => clearInterval(timer) };
}

function pause(ms: number): Promise<void> {
  return new Promise((then) => setTimeout(then, ms));
}
