/**
 * A year of a busy site in minutes: size and speed of the database at the end of each month, with everything trimmed
 * each day as a running server does it. Rows that are kept for a year by default are kept for 60 days here, so that all
 * of them have reached their end. `--days 90` is shorter. Fails if the file or a read grows after everything has
 * reached its end.
 */
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { openDatabase } from '../db/open.ts';
import { BoundedAudit } from '../server/audit/bounded.ts';
import type { Rules } from '../server/domain/decision.ts';
import type { Instance } from '../server/domain/instances/instance.ts';
import { onInstance } from '../server/domain/instances/placement.ts';
import { onDeclared, onSwitched } from '../server/domain/transition.ts';
import { Retention } from '../server/stream/retention.ts';
import { noLogger as logger } from '../server/telemetry/logger.ts';
import { anInstance, aService } from '../tests/support/builders.ts';
import { FakeClock } from '../tests/support/clock.ts';
import { temporaryFolder } from '../tests/support/process.ts';
import { Report, round, spread } from './support/report.ts';

const { values } = parseArgs({
  options: { days: { type: 'string', default: '365' }, save: { type: 'boolean' } },
});
const DAYS = Number(values.days);
const DAY = 86_400_000;
const HOSTS = 300;
const SERVERS = 3_000;
const OWNERS = 60;
/** Of one day. */
const FENCED = 40;
const BORN_AND_DELETED = 200;
const AUDITED = 300;
const KEYS = 50;
const MONTH = 30;
const KEPT = {
  retention: 7 * DAY,
  retentionItems: 1_000_000,
  deletedRetention: 60 * DAY,
  actionsRetention: 60 * DAY,
  auditRetention: 60 * DAY,
};
const RULES: Rules = { order: 'documented', ownersSeeReason: false };
const BY = { actor: 'operator', from: '192.0.2.1' };

await using folder = await temporaryFolder();
const file = `${folder.path}/year.db`;
const clock = new FakeClock();
const { store, audit, accounts, close } = await openDatabase(`sqlite:${file}`, {
  clock,
  rules: RULES,
  logger,
});
const boundedAudit = new BoundedAudit({ audit, clock, limit: 1_000_000 });
const retention = new Retention({
  store,
  clock,
  logger,
  setTimer: () => () => undefined,
  boundedAudit,
  ...KEPT,
});
const report = new Report('year');

const put = (instance: Instance) =>
  store.updateInstance(instance.id, (current, computeOf) => {
    const at = clock.now();
    const decided = onInstance(current, instance, computeOf, { cause: 'placement', at }, RULES);
    return { ...decided, action: actionAt(at) };
  });
const actionAt = (at: number) => ({
  action: 'reboot',
  requestId: `req-${at}`,
  userId: 'u',
  projectId: 'p',
  at,
});
const switchHost = (host: number, forcedDown: boolean) =>
  store.updateService(
    { host: `c${host}`, binary: 'nova-compute' },
    (current) => {
      const by = { ...BY, at: clock.now() };
      return current === undefined ? { service: current } : onSwitched(current, { forcedDown }, by, RULES);
    },
    { urgent: true },
  );
const born = (n: number) =>
  anInstance({ host: `c${n % HOSTS}`, projectId: `p${n % OWNERS}`, name: `vm-${n}`, createdAt: clock.now() });

for (let host = 0; host < HOSTS; host += 1) {
  const service = aService({ host: `c${host}` });
  await store.updateService(service, (current) =>
    onDeclared(current, service, { ...BY, at: clock.now() }, RULES),
  );
}
await Promise.all(Array.from({ length: SERVERS }, (_, n) => put(born(n))));

/** How long a step of the daily trim took, and for how long of that it had the processor: on a busy machine it waits. */
let steps: number[] = [];
let busy: number[] = [];
const sizes: number[] = [];
const reads: number[] = [];
let written = 0;
for (let day = 1; day <= DAYS; day += 1) {
  await aDay(day);
  if (day % MONTH === 0) await measure(day);
}
await close();

const settled = 3;
const flat = (figures: readonly number[]) => {
  const [, , first = 0] = figures;
  return round(Math.max(...figures.slice(settled)) / first);
};
if (sizes.length > settled) {
  const growth = { file: flat(sizes), page: flat(reads) };
  report.add('last months / third month', 'ratio', growth);
  if (growth.file > 1.15) process.exitCode = 1;
}
report.finish();

async function aDay(day: number): Promise<void> {
  const hour = DAY / 24;
  for (let n = 0; n < 24; n += 1) {
    clock.advance(hour);
    const share = (all: number) => Math.ceil(all / 24);
    const work: Promise<unknown>[] = [];
    for (let i = 0; i < share(FENCED); i += 1) {
      const host = (day * 24 + n + i * 7) % HOSTS;
      work.push(switchHost(host, true), switchHost(host, false));
    }
    for (let i = 0; i < share(BORN_AND_DELETED); i += 1) {
      const instance = born(day * 1_000 + n * 10 + i);
      work.push(put(instance));
      const deletedAt = clock.now();
      work.push(put({ ...instance, host: null, vmState: 'deleted', deletedAt, updatedAt: deletedAt }));
    }
    for (let i = 0; i < share(AUDITED); i += 1)
      work.push(
        audit.record({ ...BY, at: clock.now(), action: 'x', subject: `s${i}`, changes: { a: [1, 2] } }),
      );
    for (let i = 0; i < share(KEYS); i += 1) {
      const token = { id: randomUUID(), hash: randomUUID(), label: '', hosts: ['c1'] };
      work.push(accounts.putAgentToken({ ...token, createdAt: clock.now(), expiresAt: clock.now() + DAY }));
    }
    written += work.length;
    await Promise.all(work);
  }
  while (await store.keepHistory());
  for (let more = true; more; ) {
    const [begun, used] = [performance.now(), process.cpuUsage()];
    more = await retention.trim();
    steps.push(performance.now() - begun);
    const { user, system } = process.cpuUsage(used);
    busy.push((user + system) / 1_000);
  }
}

async function measure(day: number): Promise<void> {
  const commits: number[] = [];
  for (let n = 0; n < 100; n += 1) {
    const begun = performance.now();
    await switchHost(n, n % 2 === 0);
    commits.push(performance.now() - begun);
  }
  const pages: number[] = [];
  for (let n = 0; n < 50; n += 1) {
    const begun = performance.now();
    await store.projectSnapshot(`p${n % OWNERS}`);
    await audit.auditEntries({ limit: 100 });
    pages.push(performance.now() - begun);
  }
  sizes.push(statSync(file).size);
  reads.push(spread(pages).p50);
  report.add(`day ${day}`, '', {
    file_mb: round(statSync(file).size / 2 ** 20),
    commands_so_far: written,
    commit_p50_ms: spread(commits).p50,
    commit_p99_ms: spread(commits).p99,
    read_p50_ms: spread(pages).p50,
    trim_step_p99_ms: spread(steps).p99,
    trim_step_max_ms: spread(steps).max,
    trim_step_cpu_p99_ms: spread(busy).p99,
    trim_step_cpu_max_ms: spread(busy).max,
  });
  steps = [];
  busy = [];
}
