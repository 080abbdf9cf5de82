import { connect, type Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { startServer } from '../support/process.ts';
import { until } from '../support/within.ts';
import { explained } from './support/explained.ts';
import { say, sleep } from './support/form.ts';
import { DOWN_TIME, INTERVAL, Site, V2_53 } from './support/site.ts';

const test = suite('file descriptors');

/** As small as still lets the process work. */
const OPEN_FILES = 160;
const CONNECTIONS = 2 * OPEN_FILES;

/** Reports for one host, on a new connection each time. @returns how it stops, and how often it was answered */
function reporter(site: Site, token: string, host: string) {
  const times = { sent: 0, answered: 0 };
  const report = async () => {
    times.sent += 1;
    const answer = await fetch(`${site.url}/v1/reports`, {
      method: 'POST',
      headers: { 'X-Auth-Token': token, 'Content-Type': 'application/json', Connection: 'close' },
      body: JSON.stringify({ reports: [{ host, binary: 'nova-compute' }] }),
    }).catch(() => undefined);
    if (answer?.status === 200) times.answered += 1;
    await answer?.body?.cancel();
  };
  const timer = setInterval(() => void report(), INTERVAL);
  // A test that fails stops nobody, and must end all the same.
  timer.unref();
  return { times, stop: () => clearInterval(timer) };
}

function crowd(site: Site, text: string): Socket[] {
  return Array.from({ length: CONNECTIONS }, () => {
    const socket = connect(site.port, '127.0.0.1');
    socket.on('error', () => undefined).unref();
    if (text !== '') socket.write(text);
    return socket;
  });
}

test('with all descriptors taken no reporting host is silent, and readyz says why', async () => {
  await using site = await Site.open({ hosts: 2, env: { HOSTBEAT_LOG_LEVEL: 'warn' } });
  const server = await startServer(site.env, OPEN_FILES);
  site.server = server;
  const admin = await site.admin();
  await site.people({ gateways: 0, followersEach: 1 });
  const [operators] = site.followersOf('hosts');
  const token = await site.tokens.of('agent', 'p0');
  const [alive, dead] = ['c0', 'c1'].map((host) => reporter(site, token, host));
  await until('both to be heard', () => [alive, dead].every((one) => (one?.times.answered ?? 0) >= 2));
  // On a busy machine the hosts of the seed fall silent before the first report.
  const earlier = operators?.frames('event').length ?? 0;
  const silent = () =>
    operators
      ?.frames('event')
      .slice(earlier)
      .flatMap(({ items }) => items.filter(({ to }) => to === 'UNKNOWN'));

  const idle = crowd(site, '');
  const before = alive?.times.answered ?? 0;
  await sleep(2 * DOWN_TIME);
  const heard = (alive?.times.answered ?? 0) - before;
  assert.ok(heard >= 3, `${heard} reports were answered beside ${CONNECTIONS} idle connections`);
  assert.is(operators?.observer, 'ok');
  for (const socket of idle) socket.destroy();

  const { json } = await admin.request('GET', '/v1/changes', undefined, V2_53);
  const poll = `GET /v1/changes?wait=55&after=${json.cursor} HTTP/1.1\r\nHost: a\r\nX-Auth-Token: ${admin.token}\r\n\r\n`;
  const polls = crowd(site, poll);
  await until('the observer to be degraded', () => operators?.observer === 'degraded');
  dead?.stop();
  await sleep(2 * DOWN_TIME);
  assert.equal(silent(), [], 'silences while connections could not be accepted');
  for (const socket of polls) socket.destroy();

  await until('it to be well again', () => operators?.observer === 'ok');
  await until('the host that stopped to be reported', () => (silent()?.length ?? 0) > 0);
  assert.equal(
    silent()?.map((item) => (item as { host?: string }).host),
    ['c1'],
  );
  await explained(site, { alive: ['c0'], dead: [{ host: 'c1' }], because: 'reports_stopped' });
  alive?.stop();
  const lines = (words: string) =>
    server
      .log()
      .split('\n')
      .filter((line) => line.includes(words)).length;
  assert.equal([lines('connections are lost'), lines('connections are accepted again')], [1, 1]);
  const metrics = await (await fetch(`${site.url}/metrics`)).text();
  assert.match(metrics, /hostbeat_connections_turned_away_total\{why="descriptors"\} [1-9]/);
  say(
    `${OPEN_FILES} descriptors: ${heard} reports heard beside idle connections; none silent while polls held them all`,
  );
});

test.run();
