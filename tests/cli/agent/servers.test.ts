/** An agent with several servers: one that does not answer costs no silence, and one that refuses is not gone around. */
import { createInterface } from 'node:readline';
import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { LinkLost } from '../../../server/cli/agent/link.ts';
import { answerTimeout, moveDelay, openTimeout } from '../../../server/cli/agent/schedule.ts';
import { Servers } from '../../../server/cli/agent/servers.ts';
import { hostbeat, runHostbeat } from '../../support/process.ts';
import { Arrivals, type ScriptedServer, startScripted } from './scripted-server.ts';

const test = suite('an agent with several servers');

const TRANSPORTS = ['socket', 'http'] as const;

function startAgent(urls: readonly string[], ...more: readonly string[]) {
  const child = hostbeat(['agent', '--host', 'c1', '--url', urls.join(','), ...more], {
    HOSTBEAT_AGENT_TOKEN: 'secret-of-the-agent',
    HOSTBEAT_URL: '',
  });
  const lines = new Arrivals<string>();
  if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  return {
    lines,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await new Promise((gone) => child.once('close', gone));
    },
  };
}

async function reported(server: ScriptedServer, transport: (typeof TRANSPORTS)[number]): Promise<void> {
  if (transport === 'http') await server.posts.next('a report');
  else await (await server.connections.next('a connection')).frames.next('a report');
}

for (const transport of TRANSPORTS) {
  test(`${transport}: a server that takes reports and answers none is left for the next`, async () => {
    await using silent = await startScripted({ mute: true, hintMs: 500 });
    await using other = await startScripted({ hintMs: 500 });
    await using agent = startAgent([silent.url, other.url], '--transport', transport, '--interval', '500ms');
    assert.match(await agent.lines.next('whom it acts on'), `server ${silent.url}, ${other.url} (--url)`);
    assert.match(await agent.lines.next('that it is lost'), `; tries ${other.url}`);
    await reported(other, transport);
    assert.match(await agent.lines.next('that it reports'), `reporting c1 nova-compute to ${other.url}`);
  });

  test(`${transport}: a page, a redirect and a dead address are outages, and the next is tried`, async () => {
    await using page = await startScripted({ refuse: 403, page: '<html>Sign in</html>' });
    await using moved = await startScripted({ refuse: 302, page: '<html>Moved</html>' });
    await using site = await startScripted();
    const urls = ['http://127.0.0.1:9', page.url, moved.url, site.url];
    await using agent = startAgent(urls, '--transport', transport);
    await reported(site, transport);
    await agent.lines.next('whom it acts on');
    for (const url of urls.slice(0, 3)) assert.match(await agent.lines.next('an outage'), url);
    assert.match(await agent.lines.next('that it reports'), `to ${site.url}`);
  });

  test(`${transport}: a server that refuses in hostbeat's own words is asked again, and no other`, async () => {
    await using site = await startScripted({ refuse: 401 });
    await using other = await startScripted();
    await using agent = startAgent([site.url, other.url], '--transport', transport);
    await site.refusals.next('a refusal');
    await site.refusals.next('another refusal');
    await agent.lines.next('whom it acts on');
    assert.match(await agent.lines.next('that it is refused'), 'does not accept our credentials (401)');
    assert.equal([other.connections.left, other.posts.left], [0, 0]);
  });

  test(`${transport}: a node that cannot pass reports on is left for the next`, async () => {
    await using cut = await startScripted({ degraded: true, hintMs: 100 });
    await using other = await startScripted({ degraded: true, hintMs: 100 });
    await using agent = startAgent([cut.url, other.url], '--transport', transport);
    await reported(cut, transport);
    await agent.lines.next('whom it acts on');
    assert.match(await agent.lines.next('that it leaves'), 'cannot pass them on');
    await reported(other, transport);
    assert.match(await agent.lines.next('that it reports'), `to ${other.url}`);
  });
}

test('--once asks each server, and ends with the first answer', async () => {
  await using site = await startScripted();
  await using refusing = await startScripted({ refuse: 401 });
  const env = { HOSTBEAT_AGENT_TOKEN: 't' };
  const once = (...urls: string[]) =>
    runHostbeat(['agent', '--once', '--host', 'c1', '--transport', 'http'], {
      ...env,
      HOSTBEAT_URL: urls.join(', '),
    });
  assert.is((await once('http://127.0.0.1:9', site.url)).code, 0);
  assert.is((await once(refusing.url, site.url)).code, 77);
  const away = await once('http://127.0.0.1:9', 'http://127.0.0.1:10');
  assert.is(away.code, 69);
  assert.match(away.stderr, 'cannot reach http://127.0.0.1:10');
  assert.is((await once('http://127.0.0.1:9', 'compute')).code, 78);
});

test('with all servers away, each is tried before the next back-off', () => {
  const servers = new Servers(['a', 'b', 'c'].map((url) => ({ url, open: () => Promise.reject() })));
  const seen: string[] = [];
  for (let n = 0; n < 9; n++) {
    seen.push(servers.current.url);
    const { wait, state } = servers.failed(new LinkLost('unreachable', 'gone'), false);
    const longest = wait(10_000, () => 0.999);
    assert.ok(longest < 1_000 || n === 8, `${n}: ${longest}`);
    assert.is(state === 'lost', n >= 2, 'one line when all are away, and no more');
  }
  assert.is(seen.join(''), 'abcabcabc');
});

test('an agent that is heard nowhere else moves ever more seldom', () => {
  const servers = new Servers(['a', 'b'].map((url) => ({ url, open: () => Promise.reject() })));
  let moves = 0;
  for (let report = 0; report < 40; report++) {
    servers.answered();
    if (!servers.isWorthLeaving()) continue;
    moves += 1;
    servers.failed(new LinkLost('unreachable', 'cut off'), false);
  }
  assert.ok(moves >= 4 && moves <= 8, `${moves} moves`);
  servers.passedOn();
  assert.ok(servers.isWorthLeaving(), 'at once, when it is the first time again');
});

test('while all servers are too slow to open a link, each round waits longer', () => {
  const waits = (interval: number, count: number) => {
    const servers = new Servers(['a', 'b'].map((url) => ({ url, open: () => Promise.reject() })));
    const open = () => openTimeout(interval, servers.areSeveral, servers.rounds);
    const tried = Array.from({ length: count }, () => {
      const wait = open();
      servers.failed(new LinkLost('unreachable', 'slow'), false);
      return wait;
    });
    servers.answered();
    return [...tried, open()];
  };
  assert.equal(waits(10_000, 8), [2_000, 2_000, 4_000, 4_000, 8_000, 8_000, 10_000, 10_000, 2_000]);
  assert.equal(waits(1_000, 6), [1_000, 1_000, 2_000, 2_000, 2_000, 2_000, 1_000]);
  assert.is(openTimeout(3_600_000, true, 2_000), 10_000);
});

test('a report that is not answered leaves within an interval and a quarter', () => {
  fc.assert(
    fc.property(fc.integer({ min: 500, max: 3_600_000 }), (interval) => {
      const longest = answerTimeout(interval, true) + moveDelay(interval, () => 0.999);
      assert.ok(longest <= Math.min(3_000, 1.25 * interval), `${longest} of ${interval}`);
    }),
  );
});

test.run();
