import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LONG, say, sleep } from './support/form.ts';
import { DOWN_TIME, INTERVAL, Site } from './support/site.ts';
import { judged, sound } from './support/verdict.ts';

const test = suite('SIGSTOP');

const HOSTS = 500;
const GATEWAYS = 25;
const DEAD = ['c7', 'c99', 'c200', 'c333', 'c499'];
/** After a stop nothing is called silent for one and a half intervals; the rest is a margin for a busy machine. */
const MARGIN = 1.5 * INTERVAL + DOWN_TIME;

interface Stopped {
  readonly alive: readonly string[];
  readonly dead: { readonly host: string; readonly after: number; readonly by: number }[];
}

/** Five truly die while nobody looks; the others never miss an interval. */
async function stopped(site: Site, ms: number): Promise<Stopped> {
  return suffering(site, `stopped for ${ms} ms`, async (signal) => {
    signal('SIGSTOP');
    await sleep(ms);
    signal('SIGCONT');
  });
}

/** It is let run for a twentieth of the time, which is what a machine that has far too much to do would give it. */
async function starved(site: Site, ms: number): Promise<Stopped> {
  return suffering(site, `starved for ${ms} ms`, async (signal) => {
    for (const end = Date.now() + ms; Date.now() < end; ) {
      signal('SIGSTOP');
      await sleep(700);
      signal('SIGCONT');
      await sleep(35);
    }
  });
}

async function suffering(
  site: Site,
  what: string,
  fault: (signal: (name: 'SIGSTOP' | 'SIGCONT') => void) => Promise<void>,
): Promise<Stopped> {
  await sleep(2 * INTERVAL);
  const pid = site.server?.pid as number;
  const died = Date.now();
  site.die(...DEAD);
  await fault((name) => process.kill(pid, name));
  const continued = Date.now();
  await sleep(DOWN_TIME + MARGIN);
  say(`${what} with ${HOSTS} agents on ${GATEWAYS} connections; ${DEAD.length} died meanwhile`);
  return {
    alive: site.hosts.filter((host) => !DEAD.includes(host)),
    dead: DEAD.map((host) => ({ host, after: died, by: continued + DOWN_TIME + MARGIN })),
  };
}

for (const ms of LONG ? [2_000, 20_000, 120_000] : [2_000, 20_000]) {
  test(`for ${ms / 1_000} s: no living host is called silent, and dead ones are in time`, async () => {
    await using site = await Site.open({ hosts: HOSTS });
    await site.boot();
    await site.people({ gateways: GATEWAYS, followersEach: 1 });
    await sound(site, { because: 'reports_stopped', ...(await stopped(site, ms)) });
    const metrics = await (await fetch(`${site.url}/metrics`)).text();
    assert.match(metrics, /^hostbeat_observer_pauses_total [1-9]/m);
  });
}

test('in fits and starts for ten seconds: the same', async () => {
  await using site = await Site.open({ hosts: HOSTS });
  await site.boot();
  await site.people({ gateways: GATEWAYS, followersEach: 1 });
  await sound(site, { because: 'reports_stopped', ...(await starved(site, 10_000)) });
});

test('without the guards the same run fails', async () => {
  await using site = await Site.open({ hosts: HOSTS });
  await site.boot();
  await site.people({ gateways: GATEWAYS, followersEach: 1 });
  await sleep(2 * INTERVAL);
  await site.server?.stop();
  await site.boot('unguarded');
  await sleep(4 * INTERVAL);
  const { alive } = await stopped(site, 8_000);
  const false_ = (await judged(site, { alive })).filter((text) => text.startsWith('I6'));
  assert.ok(false_.length > 0, 'the checker saw nothing');
  say(`guards off: ${false_.length} false silences found`);
});

test.run();
