import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Session } from '../support/http.ts';
import { until } from '../support/within.ts';
import { LONG, say, sleep } from './support/form.ts';
import { Site } from './support/site.ts';
import { sound } from './support/verdict.ts';

const test = suite('kill -9');

const KILLS = LONG ? 200 : 8;
const POINTS = ['before-begin', 'after-begin', 'before-commit', 'after-commit', 'before-send', 'after-send'];
const HOSTS = 12;

/** Switches that were answered with 200, in the order of the answers. */
type Switched = { host: string; forcedDown: boolean }[];

test(`killed ${KILLS} times at random and at ${POINTS.length} points, nothing is lost or doubled`, async () => {
  await using site = await Site.open({ hosts: HOSTS, env: { HOSTBEAT_SERVICE_DOWN_TIME: '3600' } });
  const switched: Switched = [];
  const starts: number[] = [];
  await site.boot();
  await site.people();
  await site.server?.kill();
  for (let n = 0; n < KILLS + POINTS.length; n += 1) {
    const point = POINTS[n - KILLS];
    const began = performance.now();
    const server =
      point === undefined
        ? await site.boot()
        : await site.boot('failpoint', { HOSTBEAT_TEST_FAILPOINT: `${point}:${7 + n}` });
    starts.push(performance.now() - began);
    const admin = await site.admin();
    await until('followers to be back', () => site.followers.every((each) => each.connections > n + 1));
    const storm = switchUntilGone(site, admin, switched);
    if (point === undefined) {
      await sleep(20 + Math.random() * 80);
      await server.kill();
    }
    await storm;
    await server.kill();
  }
  const [median = 0] = starts.sort((a, b) => a - b).slice(starts.length / 2);
  say(
    `killed ${KILLS} times at random and at ${POINTS.join(', ')}; half of the starts took less than ${Math.round(median)} ms`,
  );
  say(`${switched.length} switches were acknowledged`);
  await site.boot();
  const admin = await site.admin();
  for (const host of site.hosts)
    for (const forcedDown of [false, true])
      if ((await site.forceDown(admin, host, forcedDown)) === 200) switched.push({ host, forcedDown });
  await sound(site, { switched, alive: site.hosts });
  assert.ok(switched.length > KILLS);
});

/** Three operators, each switching hosts of their own there and back, until nobody answers. */
async function switchUntilGone(site: Site, admin: Session, switched: Switched): Promise<void> {
  await Promise.all(
    [0, 1, 2].map(async (operator) => {
      for (let n = 0; ; n += 1) {
        const host = site.hosts[(operator + 3 * n) % HOSTS] as string;
        const forcedDown = Math.floor(n / (HOSTS / 3)) % 2 === 0;
        const status = await site.forceDown(admin, host, forcedDown);
        if (status === 0) return;
        if (status === 200) switched.push({ host, forcedDown });
      }
    }),
  );
}

test.run();
