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

const STEPS = ['+3600', '-3600', '+946080000', '+0'];
const DEAD = ['c5'];

/** The server's alone: the agents and the checker keep the machine's. */
for (const monotonic of [false, true]) {
  const which = monotonic ? 'and the monotonic one' : 'alone';
  test(`${which} is set by an hour ahead, an hour back, thirty years, and each second: nobody is called silent for it`, async () => {
    if (LIBRARY === undefined) return say('skipped: install the package faketime');
    await using folder = await temporaryFolder();
    await using site = await Site.open({ hosts: 50, env: { HOSTBEAT_TOKEN_LIFETIME: '2000000000' } });
    const file = `${folder.path}/offset`;
    let written = 0;
    const set = (offset: string) => {
      writeFileSync(file, `${offset}\n`);
      written += 1;
      utimesSync(file, new Date(), new Date(Date.now() + written * 1_000));
    };
    set('+0');
    await site.boot(undefined, {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      ...(monotonic ? {} : { FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' }),
    });
    await site.people({ gateways: 4, followersEach: 1 });
    await sleep(2 * INTERVAL);
    for (const step of STEPS) {
      set(step);
      await sleep(2_500);
    }
    for (let second = 0; second < (LONG ? 60 : 5); second += 1) {
      set(second % 2 === 0 ? '+7' : '-7');
      await sleep(1_000);
    }
    set('+0');
    await sleep(1_500);
    const died = Date.now();
    site.die(...DEAD);
    await sleep(DOWN_TIME + 3_000);
    say(`set to ${STEPS.join(', ')} seconds and to and fro each second; ${DEAD.length} died afterwards`);
    await sound(site, {
      alive: site.hosts.filter((host) => !DEAD.includes(host)),
      dead: DEAD.map((host) => ({ host, after: died, by: died + DOWN_TIME + 3_000 })),
    });
  });
}

test.run();
