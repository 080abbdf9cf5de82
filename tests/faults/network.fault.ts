import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { projectStream } from '../../server/ports/log.ts';
import { until } from '../support/within.ts';
import { Gateway } from './support/agents.ts';
import { BlackHole } from './support/black-hole.ts';
import { Follower } from './support/follower.ts';
import { say, sleep } from './support/form.ts';
import { DOWN_TIME, INTERVAL, Site } from './support/site.ts';
import { sound } from './support/verdict.ts';

const test = suite('half-open connections');

const PING = 1_000;
const PONG = 1_000;
const env = { HOSTBEAT_PING_INTERVAL: String(PING / 1_000), HOSTBEAT_PONG_TIMEOUT: String(PONG / 1_000) };

test('an owner’s: the server closes it after two pings, and nothing is lost', async () => {
  await using site = await Site.open({ hosts: 10, env: { ...env, HOSTBEAT_SERVICE_DOWN_TIME: '3600' } });
  await site.boot();
  await site.people({ followersEach: 1 });
  await using proxy = await BlackHole.to(site.port);
  const behind = new Follower(
    projectStream('p0'),
    { user: 'p0', project: 'p0' },
    () => proxy.url,
    site.tokens,
  ).start();
  site.followers.push(behind);
  await until('the follower behind the proxy', () => behind.frames('synced').length === 1);
  const open = async () => Number(/^hostbeat_stream_connections (\d+)$/m.exec(await metrics(site))?.[1]);
  const before = await open();
  proxy.swallow = true;
  const broken = performance.now();
  await until('the server to let go', async () => (await open()) === before - 1);
  const took = Math.round(performance.now() - broken);
  const admin = await site.admin();
  for (const host of site.hosts) assert.is(await site.forceDown(admin, host, true), 200);
  proxy.swallow = false;
  behind.reconnect();
  await until('the follower to be back', () => behind.frames('synced').length === 2);
  say(
    `black hole for an owner: let go after ${took} ms; ${site.hosts.length} switches meanwhile were resumed`,
  );
  await sound(site, { switched: site.hosts.map((host) => ({ host, forcedDown: true })) });
});

test('an agent’s: its hosts become silent in time, and no others', async () => {
  await using site = await Site.open({ hosts: 20, env });
  await site.boot();
  await using proxy = await BlackHole.to(site.port);
  await site.people({ followersEach: 1 });
  const lost = site.hosts.slice(0, 3);
  const kept = site.hosts.slice(3);
  site.gateways = [
    new Gateway(lost, () => proxy.url, INTERVAL, site.tokens).start(),
    new Gateway(kept, () => site.url, INTERVAL, site.tokens).start(),
  ];
  await site.watched();
  proxy.swallow = true;
  const broken = Date.now();
  await sleep(2 * DOWN_TIME);
  say(`black hole for the gateway of ${lost.length} of ${site.hosts.length} hosts`);
  await sound(site, {
    // Which of the two depends on whether a ping was missed before the deadline.
    because: ['agent_unanswered', 'reports_stopped'],
    alive: kept,
    dead: lost.map((host) => ({ host, after: broken, by: broken + 2 * DOWN_TIME })),
  });
});

test('everyone’s: the observer doubts itself, and returning hosts are not silent', async () => {
  const downTime = 2 * DOWN_TIME;
  const slow = { HOSTBEAT_SERVICE_DOWN_TIME: String(downTime / 1_000) };
  await using site = await Site.open({ hosts: 20, env: { ...env, ...slow } });
  await site.boot();
  await using proxy = await BlackHole.to(site.port);
  await site.people({ followersEach: 1 });
  site.gateways = [0, 5, 10, 15].map((first) =>
    new Gateway(site.hosts.slice(first, first + 5), () => proxy.url, INTERVAL, site.tokens).start(),
  );
  await site.watched();
  proxy.swallow = true;
  await until('it to doubt its reception', () =>
    site.followers.every(({ observer }) => observer === 'degraded'),
  );
  const { reason } = await site.readyz();
  proxy.swallow = false;
  // An agent whose reports are not answered leaves its connection for a new one.
  for (const gateway of site.gateways) gateway.quiet(0);
  await until('it to be well again', () => site.followers.every(({ observer }) => observer === 'ok'));
  await sleep(downTime);
  say(`black hole for all ${site.gateways.length} gateways: "${reason}"`);
  await sound(site, { alive: site.hosts });
});

async function metrics(site: Site): Promise<string> {
  return (await fetch(`${site.url}/metrics`)).text();
}

test.run();
