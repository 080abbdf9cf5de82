import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { suite } from 'uvu';
import { temporaryFolder } from '../support/process.ts';
import { LONG, say, sleep } from './support/form.ts';
import { DOWN_TIME, INTERVAL, Site } from './support/site.ts';
import { sound } from './support/verdict.ts';

const test = suite('the wall clock');

/** Debian's package `faketime`. */
const LIBRARY = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
].find((file) => existsSync(file));

const THIRTY_YEARS = 946_080_000;
/** A monotonic clock only ever jumps ahead, as after the machine was suspended. */
const STEPS = { wall: [3_600, -3_600, THIRTY_YEARS, 0], monotonic: [3_600, 7_200, THIRTY_YEARS] };
const DEAD = ['c5'];

/** The server's alone: the agents and the checker keep the machine's. */
for (const monotonic of [false, true]) {
  const which = monotonic ? 'and the monotonic one' : 'alone';
  test(`${which} set by an hour, by thirty years and each second causes no silence`, async () => {
    if (LIBRARY === undefined) return say('skipped: install the package faketime');
    await using folder = await temporaryFolder();
    await using site = await Site.open({ hosts: 50, env: { HOSTBEAT_TOKEN_LIFETIME: '2000000000' } });
    const file = `${folder.path}/offset`;
    let written = 0;
    const steps = monotonic ? STEPS.monotonic : STEPS.wall;
    const end = steps.at(-1) as number;
    const set = (offset: number) => {
      writeFileSync(file, `${offset < 0 ? '' : '+'}${offset}\n`);
      written += 1;
      utimesSync(file, new Date(), new Date(Date.now() + written * 1_000));
    };
    set(0);
    await site.boot(undefined, {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      ...(monotonic ? {} : { FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' }),
    });
    await site.people({ gateways: 4, followersEach: 1 });
    await sleep(2 * INTERVAL);
    for (const step of steps) {
      set(step);
      await sleep(2_500);
    }
    for (let second = 0; second < (LONG ? 60 : 5); second += 1) {
      set(end + (monotonic ? 7 * second : second % 2 === 0 ? 7 : -7));
      await sleep(1_000);
    }
    const offset = monotonic ? end + 7 * (LONG ? 59 : 4) : 0;
    set(offset);
    await sleep(3 * INTERVAL);
    const died = Date.now() + offset * 1_000;
    site.die(...DEAD);
    await sleep(2 * DOWN_TIME);
    say(`set to ${steps.join(', ')} seconds and again each second; ${DEAD.length} died afterwards`);
    await sound(site, {
      because: 'reports_stopped',
      alive: site.hosts.filter((host) => !DEAD.includes(host)),
      dead: DEAD.map((host) => ({ host, after: died, by: died + 2 * DOWN_TIME })),
    });
  });
}

test.run();
