import process from 'node:process';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { login, type Session } from '../support/http.ts';
import { startServer } from '../support/process.ts';
import { within } from '../support/within.ts';

const test = suite('a stopped process');

const HOSTS = Array.from({ length: 500 }, (_, n) => `c${n}`);
const DEAD = new Set(HOSTS.slice(0, 5));
const INTERVAL = 500;
const STOPPED = 5_000;

async function silentOnes(admin: Session): Promise<string[]> {
  const { json } = await admin.request('GET', '/v1/services');
  return json.services
    .filter(({ facts }: { facts: { live: boolean } }) => !facts.live)
    .map(({ host }: { host: string }) => host);
}

async function silences(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counts = text.matchAll(/^hostbeat_service_transitions_total\{to="UNKNOWN",cause="\w+"\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

test('stopped for two and a half times the service_down_time and continued, it calls no living host silent and misses no dead one', async () => {
  await using server = await startServer({
    HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_REPORT_INTERVAL: '0.5',
    HOSTBEAT_SERVICE_DOWN_TIME: '2',
  });
  const admin = await login(server.url, 'admin', 'pw', 'admin');
  const report = (hosts: readonly string[]) =>
    admin.request('POST', '/v1/reports', { reports: hosts.map((host) => ({ host })) });
  await report(HOSTS);

  // Agents know nothing of it and go on, each at its own time; what they send meanwhile waits in the sockets.
  const alive = HOSTS.filter((host) => !DEAD.has(host));
  const underWay = new Set<Promise<unknown>>();
  const agents = setInterval(() => {
    const sent = report(alive).finally(() => underWay.delete(sent));
    underWay.add(sent);
  }, INTERVAL);
  try {
    process.kill(server.pid, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, STOPPED));
    process.kill(server.pid, 'SIGCONT');

    const paused = await (await fetch(`${server.url}/readyz`)).json();
    assert.is(paused.observer, 'paused');
    let silent: string[] = [];
    const told = async () => {
      while (silent.length < DEAD.size) silent = await silentOnes(admin);
    };
    await within('the dead to be told', told());
    assert.equal(new Set(silent), DEAD);
    assert.is(await silences(server.url), DEAD.size, 'somebody alive was called silent and taken back');
    const well = await (await fetch(`${server.url}/readyz`)).json();
    assert.is(well.observer, 'ok');
  } finally {
    clearInterval(agents);
    await Promise.allSettled(underWay);
  }
});

test.run();
