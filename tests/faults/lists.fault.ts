/** Lists and snapshots by the hundred, from accounts that may ask for them, while agents report and one host dies. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { attack } from './support/attack.ts';
import { PACE, say, sleep } from './support/form.ts';
import { addManyServers, BIG } from './support/many-servers.ts';
import { DOWN_TIME, INTERVAL, Site } from './support/site.ts';
import { sound } from './support/verdict.ts';

const test = suite('lists by the hundred');

const HOSTS = 30;
const SERVERS = 10_000;
const ATTACK = 6_000 * PACE;
const HEAVY = encodeURIComponent('[ab]*a[ab]{200}z');
const ALL = '/v2.1/servers/detail?all_tenants=1';
const EIGHT = [
  'launched_at',
  'task_state',
  'display_name',
  'host',
  'hostname',
  'key_name',
  'progress',
  'uuid',
];
/** Pauses of hostbeat may put a silence off by one period in all. */
const LATEST = 2 * DOWN_TIME + INTERVAL;
/** The refusals of a server that does not let itself be filled. */
const EXPECTED = new Set([0, 200, 429, 503]);

async function attacked(): Promise<Site> {
  const site = await Site.open({ hosts: HOSTS });
  await addManyServers(site, SERVERS);
  await site.boot();
  await site.people({ gateways: 5, followersEach: 1 });
  return site;
}

async function survives(site: Site, what: string, ...attacks: Parameters<typeof attack>[0][]): Promise<void> {
  const running = Promise.all(attacks.map(attack));
  await sleep(INTERVAL);
  const died = Date.now();
  site.die('c7');
  const summaries = await running;
  await sleep(Math.max(0, died + LATEST + INTERVAL - Date.now()));
  for (const { statuses, withoutRetryAfter } of summaries) {
    say(`${what}: ${[...statuses].map(([status, count]) => `${count} answers ${status}`).join(', ')}`);
    assert.equal(
      [...statuses.keys()].filter((status) => !EXPECTED.has(status)),
      [],
    );
    assert.is(withoutRetryAfter, 0);
  }
  await sound(site, {
    alive: site.hosts.filter((host) => host !== 'c7'),
    dead: [{ host: 'c7', after: died, by: died + LATEST }],
  });
}

test('two hundred heavy patterns put off no death and call no host silent', async () => {
  await using site = await attacked();
  const { url } = site;
  const [owner, admin] = [await site.tokens.of('p0', 'p0'), await site.tokens.of('admin', 'admin')];
  const sorted = [`${ALL}&sort_key=launched_at&name=nobody`, `${ALL}&sort_key=host&status=ERROR`];
  await survives(
    site,
    'patterns and searches',
    { url, token: owner, paths: [`/v2.1/servers?name=${HEAVY}`], parallel: 200, ms: ATTACK },
    { url, token: admin, paths: sorted, parallel: 100, ms: ATTACK },
  );
});

test('a hundred snapshots, and lists that are left at once, do neither', async () => {
  await using site = await attacked();
  const { url } = site;
  const [owner, admin] = [await site.tokens.of(BIG, BIG), await site.tokens.of('admin', 'admin')];
  const snapshots = ['/v1/changes', '/v1/changes?host_status=DOWN'];
  const list = `${ALL}&${EIGHT.map((key) => `sort_key=${key}`).join('&')}`;
  await survives(
    site,
    'snapshots and lists that are left',
    { url, token: owner, paths: snapshots, parallel: 100, ms: ATTACK },
    { url, token: admin, paths: [list], parallel: 10, ms: ATTACK, leaveAfter: 100 },
  );
});

test.run();
