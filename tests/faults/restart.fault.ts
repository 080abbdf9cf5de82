import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ServiceChange } from '../../client-sdk/protocol/items.ts';
import { say, sleep } from './support/form.ts';
import { DOWN_TIME, INTERVAL, Site } from './support/site.ts';
import { judged, sound } from './support/verdict.ts';

const test = suite('restart');

const HOSTS = 200;
const DEAD = ['c3', 'c50', 'c120'];
/** For a busy machine. */
const MARGIN = DOWN_TIME;

/** Away for longer than service_down_time, and nobody reports for an interval after the start. */
async function restarted(site: Site, inside?: string): Promise<number> {
  await sleep(2 * INTERVAL);
  await site.server?.kill();
  site.die(...DEAD);
  for (const gateway of site.gateways) gateway.quiet(60_000);
  await sleep(1.5 * DOWN_TIME);
  await site.boot(inside);
  const booted = Date.now();
  for (const gateway of site.gateways) gateway.quiet(INTERVAL);
  say(
    `killed for ${1.5 * DOWN_TIME} ms with ${HOSTS} agents, silent for ${INTERVAL} ms more; ${DEAD.length} died meanwhile`,
  );
  await sleep(DOWN_TIME + MARGIN);
  return booted;
}

test('after an absence no living host is silent, and the dead one is, a period later', async () => {
  await using site = await Site.open({ hosts: HOSTS });
  await site.boot();
  await site.people({ gateways: 10, followersEach: 1 });
  const booted = await restarted(site);
  await sound(site, {
    because: 'not_heard_since_start',
    alive: site.hosts.filter((host) => !DEAD.includes(host)),
    dead: DEAD.map((host) => ({ host, after: booted + DOWN_TIME - 1_000, by: booted + DOWN_TIME + MARGIN })),
  });
  const [operator] = site.followersOf('hosts');
  const sent = (operator?.frames('event') ?? []).flatMap(({ items }) => items as ServiceChange[]);
  for (const host of DEAD) {
    const change = sent.find((one) => one.host === host && one.to === 'UNKNOWN');
    assert.is(change?.detected_after_restart, true, host);
    assert.is(change?.observed?.length, 2, 'both bounds of the true time');
  }
});

test('without the guards the same run fails', async () => {
  await using site = await Site.open({ hosts: HOSTS });
  await site.boot();
  await site.people({ gateways: 10, followersEach: 1 });
  await restarted(site, 'unguarded');
  const violations = await judged(site, { alive: site.hosts.filter((host) => !DEAD.includes(host)) });
  const false_ = violations.filter((text) => text.startsWith('I6'));
  assert.ok(false_.length > 0, 'the checker saw nothing');
  say(`guards off: ${false_.length} false silences found`);
});

test.run();
