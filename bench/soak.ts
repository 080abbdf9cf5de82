/**
 * Load and faults, mixed at random, for as long as is asked for; at the end the invariants of `tests/faults`, and
 * memory and descriptors that did not grow. `npm run soak -- --minutes 20 --seed 7`. In the second half the process is
 * not killed any more, so that its growth can be seen.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { openClient } from '../db/sqlite/connection.ts';
import { sleep, until } from '../tests/faults/support/form.ts';
import { INTERVAL, Site } from '../tests/faults/support/site.ts';
import { judged } from '../tests/faults/support/verdict.ts';
import { runHostbeat } from '../tests/support/process.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const minutes = Number(values.minutes);
let state = Number(values.seed) >>> 0;

/** The same faults in the same order for the same seed. */
function random(below: number): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

await using site = await Site.open({ hosts: 200 });
await site.boot();
await site.people({ gateways: 10, followersEach: 2 });
const switched: { host: string; forcedDown: boolean }[] = [];
const did: Record<string, number> = {};
const samples: { readonly rss: number; readonly descriptors: number }[] = [];
const began = performance.now();
const length = minutes * 60_000;
let copies = 0;

const FAULTS: Record<string, () => Promise<void>> = {
  async 'kill -9'() {
    await site.server?.kill();
    await site.boot();
  },
  async SIGSTOP() {
    const pid = site.server?.pid as number;
    process.kill(pid, 'SIGSTOP');
    await sleep(500 + random(5_000));
    process.kill(pid, 'SIGCONT');
  },
  async 'an outsider holds the database'() {
    const outsider = openClient(site.file);
    outsider.exec('BEGIN EXCLUSIVE');
    await sleep(random(4_000));
    outsider.exec('ROLLBACK');
    outsider.close();
  },
  async 'a gateway loses its connection'() {
    site.gateways[random(site.gateways.length)]?.quiet(INTERVAL / 2);
  },
  async 'followers lose their connections'() {
    for (const follower of site.followers) if (random(2) === 0) follower.reconnect();
  },
  async backup() {
    copies += 1;
    await runHostbeat(['backup', `${site.file}.${copies}`], site.env);
  },
};

async function operator(): Promise<void> {
  let admin = await site.admin();
  while (performance.now() - began < length) {
    const host = site.hosts[random(50)] as string;
    const forcedDown = random(2) === 0;
    const status = await site.forceDown(admin, host, forcedDown);
    if (status === 200) switched.push({ host, forcedDown });
    if (status === 401) admin = await site.admin();
    await sleep(status === 200 ? 20 : 250);
  }
}

async function faults(): Promise<void> {
  while (performance.now() - began < length) {
    await sleep(1_000 + random(3_000));
    const isLate = performance.now() - began > length / 2;
    const names = Object.keys(FAULTS).filter((name) => !isLate || name !== 'kill -9');
    const name = names[random(names.length)] as string;
    await FAULTS[name]?.();
    did[name] = (did[name] ?? 0) + 1;
    if (isLate) samples.push(sample(site.server?.pid as number));
  }
}

function sample(pid: number): { rss: number; descriptors: number } {
  const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
  return { rss, descriptors: readdirSync(`/proc/${pid}/fd`).length };
}

const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;

await Promise.all([operator(), faults()]);
await until('it to be well', async () => (await site.readyz()).ready);
await sleep(5_000);
const violations = await judged(site, { switched, alive: site.hosts });
const third = Math.max(1, Math.floor(samples.length / 3));
const [first, last] = [samples.slice(0, third), samples.slice(-third)];
const growth = {
  rss_mb: [median(first.map(({ rss }) => rss)), median(last.map(({ rss }) => rss))].map(Math.round),
  descriptors: [median(first.map((one) => one.descriptors)), median(last.map((one) => one.descriptors))],
};
const isFlat =
  (growth.rss_mb[1] ?? 0) <= 1.25 * (growth.rss_mb[0] ?? 0) + 16 &&
  (growth.descriptors[1] ?? 0) <= (growth.descriptors[0] ?? 0) + 8;
const result = {
  bench: 'soak',
  at: new Date().toISOString(),
  node: process.version,
  minutes,
  seed: Number(values.seed),
  did,
  switches: switched.length,
  events: site.followers.reduce((sum, follower) => sum + follower.frames('event').length, 0),
  growth,
  violations: violations.slice(0, 50),
};
mkdirSync(new URL('./results', import.meta.url), { recursive: true });
writeFileSync(new URL('./results/soak.json', import.meta.url), `${JSON.stringify(result, undefined, 2)}\n`);
console.log(`\n${JSON.stringify(result, undefined, 2)}`);
if (violations.length > 0 || !isFlat) process.exitCode = 1;
