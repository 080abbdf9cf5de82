/**
 * How long nobody leads: of two nodes on one PostgreSQL the one that leads is killed, again and again, until the other one says
 * at `/readyz` that it leads. The killed one is started again for the next round. The baseline is a question to `/readyz`.
 * Needs Debian's PostgreSQL.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { startCluster } from '../../tests/support/postgres/cluster.ts';
import { type ServerProcess, startServer } from '../../tests/support/process.ts';
import { debiansPostgres } from '../support/engine.ts';
import { Report, round, spread } from '../support/report.ts';

const ROUNDS = 20;
const GOAL_MS = 3_000;
const LOOK_MS = 20;
/** For both nodes to know of each other, as in a cluster that has run for a while. */
const SETTLED_MS = 2_000;
const PATIENCE_MS = 60_000;

const report = new Report('takeover');
const cluster = await startCluster(debiansPostgres(), { fsync: 'on' });
const start = () =>
  startServer({
    HOSTBEAT_DATABASE_URL: cluster.url,
    HOSTBEAT_ADMIN_PASSWORD: 'bench',
    HOSTBEAT_LOG_LEVEL: 'error',
  });

interface Readiness {
  readonly node: { readonly leads: boolean; readonly nodes: number };
}

async function nodeOf({ url }: ServerProcess): Promise<Readiness['node']> {
  const answer = await fetch(`${url}/readyz`);
  return ((await answer.json()) as Readiness).node;
}

async function until(node: ServerProcess, isSo: (found: Readiness['node']) => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!isSo(await nodeOf(node))) {
    if (performance.now() > end) throw new Error(`nothing became of it in ${PATIENCE_MS} ms:\n${node.log()}`);
    await sleep(LOOK_MS);
  }
}

let [leader, other] = [await start(), await start()];
const took: number[] = [];
const asked: number[] = [];
for (let n = 0; n < ROUNDS; n += 1) {
  for (const node of [leader, other]) await until(node, ({ nodes }) => nodes === 2);
  if (!(await nodeOf(leader)).leads) [leader, other] = [other, leader];
  await until(leader, ({ leads }) => leads);
  await sleep(SETTLED_MS);
  const before = performance.now();
  await nodeOf(other);
  asked.push(performance.now() - before);
  const began = performance.now();
  await leader.kill();
  await until(other, ({ leads }) => leads);
  took.push(performance.now() - began);
  leader = await start();
}
report.add('a question to /readyz', 'ms', spread(asked));
report.add('leader killed → another leads', 'ms', spread(took));
report.add(`take-overs within ${GOAL_MS} ms`, 'of all', {
  share: round(took.filter((ms) => ms <= GOAL_MS).length / ROUNDS),
  rounds: ROUNDS,
});
for (const node of [leader, other]) await node.kill();
await cluster.close();
report.finish();
