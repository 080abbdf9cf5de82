/**
 * Load and faults, mixed at random, for a given time: `npm run soak -- --minutes 20 --seed 7`. A line every quarter of
 * a minute reports progress. At the end some hosts die for good and must be reported; then the judge of `tests/faults`
 * checks every received frame, and memory and descriptors must not have grown: in the second half the process is not
 * killed any more, and a line is fitted through its measurements. The outcome is kept in `bench/results`; the exit code
 * is 0 if every check passed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { openClient } from '../../db/sqlite/file/client.ts';
import { sleep } from '../../tests/faults/support/form.ts';
import { DOWN_TIME, INTERVAL, Site } from '../../tests/faults/support/site.ts';
import { judged } from '../../tests/faults/support/verdict.ts';
import { runHostbeat } from '../../tests/support/process.ts';
import { until } from '../../tests/support/within.ts';
import { SettableClock } from '../support/settable-clock.ts';
import { Growth } from './growth.ts';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes >= 1) || !Number.isInteger(seed))
  throw new Error('--minutes takes a number from 1 on, --seed a whole number');

const HOSTS = 200;
/** Hosts that an operator switches, and hosts that die at the end; all others live and are never touched. */
const SWITCHED = 50;
const DYING = ['c190', 'c191', 'c192', 'c193', 'c194'];
const PROGRESS_MS = 15_000;
const SAMPLE_MS = 2_000;

/** The same draws in the same order for the same seed. */
function drawer(from: number): (below: number) => number {
  let state = from >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

await using clock = await SettableClock.create();
await using site = await Site.open({
  hosts: HOSTS,
  env: {
    HOSTBEAT_PING_INTERVAL: '2',
    HOSTBEAT_PONG_TIMEOUT: '2',
    // The file grows with the number of changes; the same growth in memory, which is the default, would pass for a
    // leak, or hide one.
    HOSTBEAT_DATABASE_CACHE: '4194304',
    // The wall clock is set by hours: a token must not expire because of that.
    HOSTBEAT_TOKEN_LIFETIME: '2000000000',
    ...clock.env,
  },
});
await site.boot();
await site.people({ gateways: 10, followersEach: 2 });

const switched: { host: string; forcedDown: boolean }[] = [];
const did: Record<string, number> = {};
const growth = new Growth();
const began = performance.now();
const length = minutes * 60_000;
const elapsed = () => performance.now() - began;
const random = drawer(seed);
let isStopped = false;
let copies = 0;

const FAULTS: Record<string, () => Promise<unknown>> = {
  async 'kill -9'() {
    await site.server?.kill();
    await site.boot();
  },
  async SIGSTOP() {
    const pid = site.server?.pid as number;
    isStopped = true;
    process.kill(pid, 'SIGSTOP');
    await sleep(500 + random(5_000));
    process.kill(pid, 'SIGCONT');
    isStopped = false;
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
  async 'a follower stops reading'() {
    site.followers[random(site.followers.length)]?.stall(1_000 + random(10_000));
  },
  async backup() {
    copies += 1;
    await runHostbeat(['backup', `${site.file}.${copies}`], site.env);
  },
  ...(clock.isThere ? { 'the clock is set': async () => clock.set(random(7_200) - 3_600) } : {}),
};

async function operator(): Promise<void> {
  const draw = drawer(seed + 1);
  let admin = await site.admin();
  while (elapsed() < length) {
    const host = site.hosts[draw(SWITCHED)] as string;
    const forcedDown = draw(2) === 0;
    const status = await site.forceDown(admin, host, forcedDown);
    if (status === 200) switched.push({ host, forcedDown });
    // A client that is refused while the database is locked tries again.
    if (status === 401) admin = await site.admin().catch(() => admin);
    await sleep(status === 200 ? 20 : 250);
  }
}

async function faults(): Promise<void> {
  while (elapsed() < length) {
    await sleep(1_000 + random(3_000));
    const names = Object.keys(FAULTS).filter((name) => name !== 'kill -9' || elapsed() < length / 2);
    const name = names[random(names.length)] as string;
    await FAULTS[name]?.();
    did[name] = (did[name] ?? 0) + 1;
  }
}

async function samples(): Promise<void> {
  while (elapsed() < length) {
    await sleep(SAMPLE_MS);
    if (elapsed() > length / 2 && !isStopped) await growth.sample(site.server?.pid as number, site.url);
  }
}

const events = () => site.followers.reduce((sum, { heard }) => sum + heard.length, 0);

async function progress(): Promise<void> {
  while (elapsed() + PROGRESS_MS < length) {
    await sleep(PROGRESS_MS);
    const faulted = Object.values(did).reduce((sum, count) => sum + count, 0);
    const at = `${Math.round(elapsed() / 1_000)} s of ${minutes * 60} s`;
    console.log(
      `${at}: ${faulted} faults, ${switched.length} switches, ${events()} frames heard${growth.words()}`,
    );
  }
}

if (!clock.isThere) console.log('the clock is not set: install the package faketime');
await Promise.all([operator(), faults(), samples(), progress()]);
console.log('time is up; until it is quiet');
clock.set(0);
await until('it to be well', async () => (await site.readyz()).ready, 60_000);
await site.watched();
const died = Date.now();
site.die(...DYING);
await sleep(DOWN_TIME + 5_000);
const violations = await judged(site, {
  switched,
  alive: site.hosts.filter((host) => !DYING.includes(host)),
  dead: DYING.map((host) => ({ host, after: died, by: died + DOWN_TIME + 3_000 })),
});
const { isFlat, figures } = growth.outcome();
const result = {
  bench: 'soak',
  at: new Date().toISOString(),
  node: process.version,
  minutes,
  seed,
  did,
  switches: switched.length,
  frames_heard: events(),
  growth: figures,
  flat: isFlat,
  violations: violations.slice(0, 50),
};
const results = new URL('../results/', import.meta.url);
mkdirSync(results, { recursive: true });
const text = `${JSON.stringify(result, undefined, 2)}\n`;
writeFileSync(new URL(`${result.at.slice(0, 10)}-soak.json`, results), text);
console.log(`\n${text}${violations.length === 0 && isFlat ? 'all held' : 'IT DID NOT HOLD'}`);
if (violations.length > 0 || !isFlat) process.exitCode = 1;
