import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { declareService, ServiceDocument } from '../../../server/documents/schemas.ts';
import { aService } from '../../support/builders.ts';
import { putService } from '../../support/store.ts';
import { OPERATOR, type Watched, watched } from '../support.ts';

const test = suite<{ w: Watched }>('mass silence');

test.before.each(async (context) => {
  context.w = await watched();
});
test.after.each(({ w }) => w.close());

const rack = (name: string, count = 10) => Array.from({ length: count }, (_, n) => `${name}${n}`);

async function zone(w: Watched, name: string, hosts: readonly string[]): Promise<void> {
  for (const host of hosts) await putService(w.test, aService({ host, zone: name }));
}

async function reportsFor(w: Watched, ms: number, hosts: readonly string[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    await w.report(...hosts);
    await w.pass(1_000);
  }
}

const silences = (w: Watched) => w.sent.filter(({ to }) => to === 'UNKNOWN');

test('a zone silent while others report is committed at once, as one mass silence', async ({ w }) => {
  await zone(w, 'a', rack('a'));
  await zone(w, 'b', rack('b'));
  await w.report(...rack('a'));
  await reportsFor(w, 7_000, rack('b'));
  assert.is(silences(w).length, 10);
  assert.equal([...new Set(silences(w).map(({ cause }) => cause))], ['mass']);
  const [id, ...more] = new Set(silences(w).map(({ correlation_id }) => correlation_id));
  assert.ok(id);
  assert.equal(more, []);
  assert.is(w.liveness.observer.state(), 'ok');
});

test('part of a zone is a mass silence too, if the rest of it reports', async ({ w }) => {
  await zone(w, 'a', rack('a'));
  await w.report(...rack('a'));
  await reportsFor(w, 7_000, rack('a').slice(4));
  assert.equal(
    silences(w).map(({ cause }) => cause),
    Array(4).fill('mass'),
  );
});

test('fewer than three in ten are not a mass silence', async ({ w }) => {
  await zone(w, 'a', rack('a'));
  await w.report(...rack('a'));
  await reportsFor(w, 7_000, rack('a').slice(2));
  assert.equal(
    silences(w).map(({ cause }) => cause),
    Array(2).fill('timeout'),
  );
  assert.is(new Set(silences(w).map(({ correlation_id }) => correlation_id)).size, 2);
});

/** Each of them at its own time of each interval, as agents are. */
async function reportsSpread(w: Watched, ms: number, hosts: readonly string[]): Promise<void> {
  const apart = 1_000 / hosts.length;
  for (let passed = 0; passed < ms; passed += apart) {
    await w.report(hosts[Math.round(passed / apart) % hosts.length] as string);
    await w.pass(apart);
  }
}

for (const [what, zones] of [
  ['one zone', [rack('a')]],
  [
    'zones that are too small for a mass silence',
    [rack('a', 2), rack('b', 2), rack('c', 2), rack('d', 2), rack('e', 2)],
  ],
] as const) {
  test(`unable to receive, not even the first of ${what} is committed before the hold`, async ({ w }) => {
    for (const hosts of zones) await zone(w, (hosts[0] as string).slice(0, 1), hosts);
    await reportsSpread(w, 3_000, zones.flat());
    await w.pass(5_500);
    assert.is(w.liveness.observer.state(), 'degraded');
    await reportsSpread(w, 8_000, zones.flat());
    assert.equal(silences(w), []);
    assert.is(w.liveness.observer.state(), 'ok');
  });
}

test('all die one by one: each is committed within half a timeout, as one mass silence', async ({ w }) => {
  await zone(w, 'a', rack('a'));
  await reportsSpread(w, 3_000, rack('a'));
  await w.pass(5_000);
  assert.is(silences(w).length, 0);
  await w.pass(2_900);
  assert.is(silences(w).length, 0, 'it still asks');
  await w.pass(200);
  assert.is(silences(w).length, 10);
  assert.is(new Set(silences(w).map(({ correlation_id }) => correlation_id)).size, 1);
  assert.is(w.liveness.observer.state(), 'ok');
});

test('a single death is committed at its own deadline, in any deployment', async ({ w }) => {
  for (const others of [[], ['b0'], ['b0', 'b1'], rack('b')]) {
    const seenItems = silences(w).length;
    await reportsFor(w, 4_000, ['a0', ...others]);
    await w.report('a0');
    await reportsFor(w, 6_000, others);
    assert.is(silences(w).length, seenItems);
    for (const host of others) await w.report(host);
    await w.pass(25);
    assert.is(silences(w).at(-1)?.host, 'a0', `beside ${others.length} others`);
    assert.is(silences(w).at(-1)?.cause, 'timeout');
    await w.report(...others);
  }
});

test('a service that never reported proves nothing about reception by its silence', async ({ w }) => {
  await reportsFor(w, 3_000, ['a0']);
  await zone(w, 'b', rack('b'));
  await w.pass(5_025);
  assert.equal(
    silences(w).map(({ host, cause }) => [host, cause]),
    [['a0', 'timeout']],
  );
});

test('a connection that breaks shows that we receive, whatever else is late', async ({ w }) => {
  const connection = w.liveness.connect(OPERATOR, () => {});
  await reportsFor(w, 3_000, rack('a'));
  await w.pass(2_000);
  await connection.report([{ host: 'c1' }]);
  connection.lost('closed');
  await w.pass(2_025);
  assert.equal(
    silences(w).map(({ host, cause }) => [host, cause]),
    [['c1', 'connection_lost']],
  );
});

test('when none reports it doubts itself, waits half a timeout, and commits then', async ({ w }) => {
  await zone(w, 'a', rack('a'));
  await zone(w, 'b', rack('b'));
  await w.report(...rack('a'), ...rack('b'));
  await w.pass(6_100);
  assert.is(silences(w).length, 0);
  assert.is(w.liveness.observer.state(), 'degraded');
  assert.match(w.liveness.observer.reason() ?? '', /unable to receive/);
  await w.pass(2_800);
  assert.is(silences(w).length, 0);
  await w.pass(200);
  assert.is(silences(w).length, 20);
  assert.is(new Set(silences(w).map(({ correlation_id }) => correlation_id)).size, 2);
  await w.pass(100);
  assert.is(w.liveness.observer.state(), 'ok');
});

test('a service that reports within the hold was never silent', async ({ w }) => {
  await zone(w, 'a', rack('a'));
  await w.report(...rack('a'));
  await w.pass(7_000);
  assert.is(w.liveness.observer.state(), 'degraded');
  await reportsFor(w, 2_000, rack('a').slice(1));
  assert.equal(
    silences(w).map(({ host }) => host),
    ['a0'],
  );
  assert.is(w.liveness.observer.state(), 'ok');
  await reportsFor(w, 20_000, rack('a').slice(1));
  assert.is(silences(w).length, 1);
});

test('the hold ends when others have reported for as long as all need to report', async ({ w }) => {
  await zone(w, 'a', rack('a'));
  await zone(w, 'b', rack('b'));
  await w.report(...rack('a'));
  await w.pass(500);
  await w.report(...rack('b'));
  await w.pass(5_600);
  assert.is(silences(w).length, 0);
  await reportsFor(w, 1_000, rack('b'));
  assert.is(silences(w).length, 0);
  await reportsFor(w, 1_000, rack('b'));
  assert.is(silences(w).length, 10);
  assert.is(w.liveness.observer.state(), 'ok');
});

test('a third that stays dead blocks nothing: the next death commits in time', async ({ w }) => {
  await zone(w, 'a', rack('a', 20));
  await w.report(...rack('a', 20));
  await reportsFor(w, 20_000, rack('a', 20).slice(6));
  assert.is(silences(w).length, 6);
  assert.is(w.liveness.observer.state(), 'ok');
  await reportsFor(w, 7_000, rack('a', 20).slice(7));
  assert.equal([silences(w).length, silences(w).at(-1)?.cause], [7, 'timeout']);
});

test('DOWN and its lifting wait for nothing while a mass silence is held', async ({ w }) => {
  await zone(w, 'a', rack('a'));
  await w.report(...rack('a'));
  await w.pass(6_100);
  assert.is(w.liveness.observer.state(), 'degraded');
  await w.test.store.updateService({ host: 'a0', binary: 'nova-compute' }, (current) => ({
    service: { ...current!, forcedDown: true },
    news: {
      cause: 'forced_down',
      at: w.clock.now(),
      before: current,
      after: { ...current!, forcedDown: true },
    },
  }));
  assert.is(w.sent.at(-1)?.to, 'DOWN');
});

test('connections that break at once are a mass silence; goodbyes are not', async ({ w }) => {
  const open = async (host: string) => {
    const connection = w.liveness.connect(OPERATOR, () => {});
    await connection.report([{ host }]);
    return connection;
  };
  const some = await Promise.all(rack('a', 5).map(open));
  for (const connection of some) connection.lost('closed');
  await w.pass(2_100);
  assert.is(silences(w).length, 0);
  assert.is(w.liveness.observer.state(), 'degraded');
  const others = await Promise.all(rack('b', 5).map(open));
  for (let passed = 0; passed < 2_000; passed += 500) {
    await Promise.all(rack('b', 5).map((host, n) => others[n]!.report([{ host }])));
    await w.pass(500);
  }
  assert.equal(
    silences(w).map(({ cause }) => cause),
    Array(5).fill('mass'),
  );
  for (const connection of others) connection.goodbye(0);
  await w.pass(50);
  assert.equal(
    silences(w)
      .slice(5)
      .map(({ cause }) => cause),
    Array(5).fill('goodbye'),
  );
});

test('a mass silence that cannot be recorded is committed whole when it can', async ({ w }) => {
  await zone(w, 'a', rack('a'));
  await zone(w, 'b', rack('b'));
  await w.report(...rack('a'));
  w.failing = true;
  await reportsFor(w, 7_000, rack('b'));
  w.failing = false;
  await reportsFor(w, 1_000, rack('b'));
  assert.is(silences(w).length, 10);
});

test('a restart that hears no service holds silences, and reports both bounds', async ({ w }) => {
  await zone(w, 'a', rack('a'));
  await w.restart();
  assert.match(w.liveness.observer.reason() ?? '', /10 services count as they were last recorded/);
  assert.is(w.liveness.knowledgeOf({ host: 'a0', binary: 'nova-compute' })?.confidence, 'grace');
  assert.is(w.liveness.observer.doubtAbout({ host: 'a0', binary: 'nova-compute' }), 'grace');
  await w.pass(6_100);
  assert.is(silences(w).length, 0);
  await w.pass(3_000);
  assert.is(silences(w).length, 10);
  assert.is(silences(w)[0]?.detected_after_restart, true);
  assert.is(w.liveness.observer.reason(), undefined);
  assert.is(w.liveness.observer.doubtAbout({ host: 'a0', binary: 'nova-compute' }), undefined);
});

test('a site that was declared and whose agents are not started raises no alarm', async ({ w }) => {
  await Promise.all(
    rack('a', 30).map((host) =>
      w.test.store.updateService(
        { host, binary: 'nova-compute' },
        declareService(ServiceDocument.parse({ host }), {
          uuid: randomUUID(),
          at: w.clock.now(),
          actor: 'seed',
          rules: w.test.rules,
        }),
      ),
    ),
  );
  assert.is(w.liveness.knowledgeOf({ host: 'a0', binary: 'nova-compute' })?.confidence, 'never_heard');
  assert.is(w.liveness.knowledgeOf({ host: 'a0', binary: 'nova-compute' })?.lastSeenUp, null);
  for (let passed = 0; passed < 8_000; passed += 250) {
    await w.pass(250);
    assert.is(w.liveness.observer.state(), 'ok', `${passed}`);
  }
  assert.equal(
    [...new Set(silences(w).map(({ cause }) => cause))],
    ['timeout'],
    'they are silent, and no mass silence',
  );
  assert.is(w.liveness.knowledgeOf({ host: 'a0', binary: 'nova-compute' })?.confidence, 'never_heard');
  await w.report('a0');
  assert.is(w.liveness.knowledgeOf({ host: 'a0', binary: 'nova-compute' })?.confidence, 'observed');
});

test.run();
