/** Two addresses of one hostbeat, of which the first dies: nobody is called silent, and nothing is lost. */
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { watch } from '../../client-sdk/src/index.ts';
import { Arrivals } from '../cli/agent/scripted-server.ts';
import { signal } from '../cli/signal.ts';
import { BlackHole } from '../faults/support/black-hole.ts';
import { login } from '../support/http.ts';
import { hostbeat, runHostbeat, startServer, temporaryFolder } from '../support/process.ts';
import { until } from '../support/within.ts';

const test = suite('several endpoints');

const ADMIN = { OS_USERNAME: 'admin', OS_PASSWORD: 'pw', OS_PROJECT_NAME: 'admin', OS_AUTH_URL: '' };

/** A busy machine may let an agent come and go until then. */
async function reportsTo(url: string, lines: Arrivals<string>): Promise<void> {
  for (let line = ''; !(line.includes(': reporting ') && line.endsWith(` to ${url}`)); )
    line = await lines.next(`that it reports to ${url}, after "${line}"`);
}

test('an agent whose node is cut off in silence is never called silent', async () => {
  await using folder = await temporaryFolder();
  await using server = await startServer({
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/a.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_REPORT_INTERVAL: '1s',
    HOSTBEAT_SERVICE_DOWN_TIME: '6s',
    HOSTBEAT_FLAP_DAMPING: 'false',
  });
  const port = Number(new URL(server.url).port);
  await using first = await BlackHole.to(port);
  await using second = await BlackHole.to(port);
  second.swallow = true;
  const { token } = await login(server.url, 'admin', 'pw', 'admin');
  const stop = new AbortController();
  const changes = new Arrivals<string>();
  const following = (async () => {
    for await (const item of watch({ url: server.url, token, stream: 'hosts', signal: stop.signal }))
      if (item.type === 'change') changes.push(`${item.change.host} ${item.change.to} ${item.change.cause}`);
  })();

  const agents = (['socket', 'http'] as const).map((transport) => {
    const args = ['agent', '--host', transport, '--transport', transport];
    const child = hostbeat([...args, '--url', first.url, '--url', second.url], {
      HOSTBEAT_AGENT_TOKEN: '',
      HOSTBEAT_TOKEN: '',
      OS_TOKEN: '',
      ...ADMIN,
    });
    const lines = new Arrivals<string>();
    if (child.stderr !== null)
      createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
    const gone = new Promise((resolve) => child.once('close', resolve));
    return { child, lines, gone, transport };
  });
  try {
    for (const { lines } of agents) await reportsTo(first.url, lines);
    second.swallow = false;
    const added = [await changes.next('a service'), await changes.next('a service')].sort();
    assert.equal(added, ['http UP service_added', 'socket UP service_added']);
    first.swallow = true;
    for (const { lines } of agents) await reportsTo(second.url, lines);
    const services = ['services', 'list', '--url', `${first.url},${second.url}`];
    const listed = await runHostbeat(services, { HOSTBEAT_TOKEN: token });
    assert.is(listed.code, 0, listed.stderr);
    assert.match(listed.stderr, `server ${second.url}`);
    // While the server takes the first link for open, it takes a goodbye for that of one of two agents.
    first.cut();
    await until('the end of the first link', async () => {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      return /^hostbeat_agent_connections 1$/m.test(metrics);
    });
    for (const { child, transport } of agents) {
      signal(child, 'SIGTERM');
      assert.is(await changes.next('the goodbye'), `${transport} UNKNOWN goodbye`, 'and nothing before');
    }
  } finally {
    for (const { child, gone } of agents) {
      child.kill('SIGKILL');
      await gone;
    }
    stop.abort();
    await following;
  }
});

test.run();
