import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ChangeItem, watch } from '../../client-sdk/src/index.ts';
import { login } from '../support/http.ts';
import { hostbeat, runHostbeat, startServer, temporaryFolder } from '../support/process.ts';

const test = suite("an agent's death");

const DOWN_TIME = 2_000;

test('becomes UNKNOWN after service_down_time and not before, and UP on its return', async () => {
  const folder = await temporaryFolder();
  const env = {
    HOSTBEAT_DATABASE_URL: `sqlite:${folder.path}/agent.db`,
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_SERVICE_DOWN_TIME: String(DOWN_TIME / 1000),
    HOSTBEAT_REPORT_INTERVAL: '0.5',
  };
  const server_id = randomUUID();
  await writeFile(
    `${folder.path}/seed.json`,
    JSON.stringify({
      projects: [{ id: 'p1', name: 'p1' }],
      users: [
        { name: 'owner', password: 'pw', roles: [{ project: 'p1', role: 'member' }] },
        { name: 'agent', password: 'pw', roles: [{ project: 'p1', role: 'service' }] },
      ],
      services: [{ host: 'c1', binary: 'nova-compute', live: false }],
      instances: [{ id: server_id, name: 'vm', project_id: 'p1', host: 'c1' }],
    }),
  );
  const seeded = await runHostbeat(['seed', `${folder.path}/seed.json`, '--offline'], env);
  assert.is(seeded.code, 0, seeded.stderr);
  const server = await startServer(env);
  const stop = new AbortController();
  const agents: ReturnType<typeof hostbeat>[] = [];
  try {
    const owner = await login(server.url, 'owner', 'pw', 'p1');
    const reporter = await login(server.url, 'agent', 'pw', 'p1');
    const startAgent = () => {
      const child = hostbeat(['agent', '--url', server.url, '--host', 'c1', '--interval', '0.5'], {
        HOSTBEAT_TOKEN: reporter.token,
      });
      child.stdout?.resume();
      child.stderr?.resume();
      agents.push(child);
      return child;
    };
    const stream = watch({ url: server.url, token: owner.token, signal: stop.signal })[
      Symbol.asyncIterator
    ]();
    const nextChange = async (): Promise<ChangeItem> => {
      for (;;) {
        const { value, done } = await stream.next();
        if (done) throw new Error('the stream ended');
        if (value.type === 'change') return value;
      }
    };
    assert.is((await stream.next()).value?.type, 'snapshot');

    startAgent();
    const up = await nextChange();
    assert.equal([up.change.from, up.change.to, up.change.cause], ['UNKNOWN', 'UP', 'heartbeat']);

    const gone = once(agents[0] as (typeof agents)[0], 'exit');
    agents[0]?.kill('SIGKILL');
    await gone;
    // Whatever it said has been read when this is answered.
    await owner.request('GET', '/v2.1/servers');
    const dead = Date.now();
    const unknown = await nextChange();
    assert.equal([unknown.change.from, unknown.change.to], ['UP', 'UNKNOWN']);
    assert.ok(['timeout', 'connection_lost'].includes(unknown.change.cause), unknown.change.cause);
    const { observed } = unknown.change;
    assert.ok(observed, 'a silence carries the bounds of its true time');
    const lastHeard = Date.parse(observed?.[0] ?? '');
    assert.ok(lastHeard <= dead, 'the lower bound is the last report');
    assert.ok(
      Date.parse(unknown.change.at) - lastHeard >= DOWN_TIME,
      'reported before service_down_time had passed',
    );

    startAgent();
    const back = await nextChange();
    assert.equal([back.change.from, back.change.to, back.change.cause], ['UNKNOWN', 'UP', 'heartbeat']);
  } finally {
    stop.abort();
    for (const agent of agents) agent.kill('SIGKILL');
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  }
});

test.run();
