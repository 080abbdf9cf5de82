/**
 * What it costs PostgreSQL, and the nodes, that three nodes hear what each of them has heard: processor time with 100 000 and
 * 1 000 000 services that report each 10 s. The baseline is the same nodes when nobody reports: their leases, tails and
 * empty digests. Needs Debian's PostgreSQL.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgres } from '../../db/postgres/open.ts';
import { Nodes } from '../../server/nodes/nodes.ts';
import type { SharedHearing } from '../../server/ports/nodes.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { systemTimers } from '../../server/timers.ts';
import { type Cluster, startCluster } from '../../tests/support/postgres/cluster.ts';
import { TEST_RULES } from '../../tests/support/store.ts';
import { debiansPostgres } from '../support/engine.ts';
import { Report, round } from '../support/report.ts';
import { cpuSeconds } from '../support/target.ts';

const NODES = 3;
const INTERVAL_MS = 10_000;
const MEASURED_MS = 20_000;
const LOADS = [0, 100_000, 1_000_000];

/** Its share of the services reports to a node, evenly over the interval. */
class Reports implements SharedHearing {
  static services = 0;
  readonly #node: number;
  #next = 0;
  #since = performance.now();
  /** Ids that came from the other nodes. */
  received = 0;

  constructor(node: number) {
    this.#node = node;
  }

  takeHeard(): number[] {
    const now = performance.now();
    const share = Math.floor(Reports.services / NODES);
    const due = Math.min(share, Math.round((share * (now - this.#since)) / INTERVAL_MS));
    this.#since = now;
    const ids = Array.from({ length: due }, (_, n) => ((this.#next + n) % share) * NODES + this.#node);
    this.#next += due;
    return ids;
  }

  heardBy(_: number, heard: readonly number[]): void {
    this.received += heard.length;
  }

  takeDeparted = () => [];
  giveBack = () => undefined;
  onDeparted = () => undefined;
  lost = () => 0;
  missed = () => undefined;
  readAll = async () => true;
  leaving = () => undefined;
}

/** Processor seconds of the server and of all of its sessions. */
function spentBy({ folder }: Cluster): number {
  const server = Number(readFileSync(join(folder, 'data/postmaster.pid'), 'utf8').split('\n')[0]);
  const isIts = (pid: number) => {
    try {
      return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === server;
    } catch {
      return false;
    }
  };
  const sessions = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isIts(pid));
  return [server, ...sessions].reduce((sum, pid) => sum + cpuSeconds(pid), 0);
}

const bin = debiansPostgres();
const report = new Report('nodes');
const cluster = await startCluster(bin, { fsync: 'on' });
const clock = systemClock;
const members: { nodes: Nodes; hearing: Reports; close(): Promise<void> }[] = [];
for (let n = 0; n < NODES; n++) {
  const database = await openPostgres(cluster.url, { clock, rules: TEST_RULES, asNode: { name: `n${n}` } });
  const { node, store } = database;
  if (node === undefined) throw new Error('a node was asked for');
  const { setTimer } = systemTimers;
  const { signingKey } = store;
  const nodes = new Nodes({ ...node, signingKey, clock, setTimer, logger: noLogger });
  const hearing = new Reports(n);
  await nodes.start(hearing);
  members.push({ nodes, hearing, close: () => database.close() });
}
for (const services of LOADS) {
  Reports.services = services;
  await sleep(1_000);
  const before = { postgres: spentBy(cluster), own: process.cpuUsage(), at: performance.now() };
  for (const { hearing } of members) hearing.received = 0;
  await sleep(MEASURED_MS);
  const seconds = (performance.now() - before.at) / 1_000;
  const own = process.cpuUsage(before.own);
  const received = members.reduce((sum, { hearing }) => sum + hearing.received, 0);
  report.add(`${services} services over ${NODES} nodes, each 10 s`, '% of a core', {
    postgres: round((100 * (spentBy(cluster) - before.postgres)) / seconds),
    'a node': round((100 * (own.user + own.system)) / 1e6 / seconds / NODES),
    'reports passed on a second': Math.round(received / (NODES - 1) / seconds),
  });
}
report.finish();
for (const { nodes, close } of members) {
  await nodes.close();
  await close();
}
await cluster.close();
