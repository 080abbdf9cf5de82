/** Sites of one and two hosts: when they are silent, an address outside says whether hostbeat itself is cut off. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { WitnessProbe } from '../../../server/liveness/observer/witness.ts';
import { OPERATOR, type Watched, watched } from '../support.ts';

/** Half the service_down_time of 6 s: the bound of every hold. */
const HOLD = 3_000;

interface Site {
  readonly w: Watched;
  /** What the next probes find; a promise is a probe that hangs until it settles. */
  answer: boolean | Promise<boolean>;
  probes: number;
}

const test = suite<Site>('witness');

test.before.each(async (site) => {
  site.answer = true;
  site.probes = 0;
  const probe: WitnessProbe = async () => {
    site.probes++;
    return site.answer;
  };
  Object.assign(site, { w: await watched({}, undefined, probe) });
});
test.after.each(({ w }) => w.close());

const silences = (w: Watched) => w.sent.filter(({ to }) => to === 'UNKNOWN').map(({ host }) => host);
const state = (w: Watched) => w.liveness.observer.state();

/** They report every second for three seconds, each at its own time. */
async function reporting(w: Watched, ...hosts: string[]): Promise<void> {
  for (let passed = 0; passed < 3_000; passed += 1_000) {
    for (const host of hosts) {
      await w.report(host);
      await w.pass(1_000 / hosts.length);
    }
  }
}

for (const hosts of [['a'], ['a', 'b']]) {
  const site = hosts.length === 1 ? 'one host' : 'two hosts';

  test(`all of ${site}, the witness reachable: committed at the deadline, no doubt`, async ({ w }) => {
    await reporting(w, ...hosts);
    await w.pass(4_900);
    assert.equal(silences(w), []);
    for (let passed = 0; passed < 700; passed += 25) {
      await w.pass(25);
      assert.is(state(w), 'ok');
    }
    assert.equal(silences(w), hosts);
    assert.equal([...new Set(w.sent.slice(-hosts.length).map(({ cause }) => cause))], ['timeout']);
  });

  test(`all of ${site}, no witness reachable: doubted, and committed at the end of the hold`, async (site) => {
    const { w } = site;
    await reporting(w, ...hosts);
    site.answer = false;
    await w.pass(5_050);
    assert.equal(silences(w), []);
    assert.is(state(w), 'degraded');
    assert.is(w.liveness.observer.code(), 'maybe_deaf');
    assert.match(w.liveness.observer.reason() ?? '', /HOSTBEAT_WITNESS/);
    await w.pass(HOLD - 100);
    assert.equal(silences(w), []);
    await w.pass(300);
    assert.equal(silences(w)[0], 'a');
    await w.pass(1_000);
    assert.equal(silences(w), hosts);
    await w.pass(250);
    assert.is(state(w), 'ok');
  });

  test(`${site} that report again within the hold were never silent`, async (site) => {
    const { w } = site;
    await reporting(w, ...hosts);
    site.answer = false;
    await w.pass(6_000);
    site.answer = true;
    await reporting(w, ...hosts);
    assert.equal(silences(w), []);
    assert.is(state(w), 'ok');
  });
}

test('one of two hosts silent: the other vouches, whatever the witness says', async (site) => {
  const { w } = site;
  site.answer = false;
  await reporting(w, 'a', 'b');
  for (let passed = 0; passed < 5_025; passed += 1_000) {
    await w.report('b');
    await w.pass(1_000);
  }
  assert.equal(silences(w), ['a']);
  assert.is(state(w), 'ok');
});

test('a witness that is reachable again gives the hosts time to report', async (site) => {
  const { w } = site;
  await reporting(w, 'a', 'b');
  site.answer = false;
  await w.pass(4_500);
  site.answer = true;
  await w.pass(900);
  assert.equal(silences(w), [], 'it was cut off until a moment ago');
  await w.report('a');
  await w.pass(500);
  assert.equal(silences(w), ['b'], 'it had one and a half intervals');
});

test('a witness that comes and goes delays a silence no longer than the hold', async (site) => {
  const { w } = site;
  await reporting(w, 'a', 'b');
  await w.pass(5_000);
  for (let passed = 0; passed < HOLD + 1_000; passed += 250) {
    site.answer = passed % 500 === 0;
    await w.pass(250);
  }
  assert.equal(silences(w), ['a', 'b']);
});

test('a probe that never ends delays a silence no longer than the hold', async (site) => {
  const { w } = site;
  site.answer = new Promise(() => {});
  await reporting(w, 'a', 'b');
  await w.pass(5_050);
  assert.equal(silences(w), []);
  await w.pass(HOLD + 500);
  assert.equal(silences(w), ['a', 'b']);
  assert.is(site.probes, 2, 'probes do not pile up');
});

test('a probe under way is waited for, and its answer decides at once', async (site) => {
  const { w } = site;
  await reporting(w, 'a');
  const { promise, resolve } = Promise.withResolvers<boolean>();
  site.answer = promise;
  await w.pass(5_100);
  assert.equal(silences(w), []);
  assert.is(state(w), 'ok', 'an answer that is awaited is no doubt');
  resolve(true);
  await w.pass(100);
  assert.equal(silences(w), ['a']);
});

test('a probe that throws is a witness that is not reachable', async (site) => {
  const { w } = site;
  await reporting(w, 'a');
  site.answer = Promise.reject(new Error('no network'));
  site.answer.catch(() => {});
  await w.pass(5_100);
  assert.is(state(w), 'degraded');
});

test('while all report, a witness that is away changes nothing', async (site) => {
  const { w } = site;
  site.answer = false;
  await reporting(w, 'a', 'b');
  assert.is(state(w), 'ok');
  assert.ok(site.probes >= 3 && site.probes <= 4, `${site.probes} probes in 3 s of an interval of 1 s`);
});

test('while a silence is doubted the witness is asked no more than once a second', async (site) => {
  const { w } = site;
  site.answer = false;
  await reporting(w, 'a');
  const before = site.probes;
  await w.pass(5_000 + HOLD);
  assert.ok(site.probes - before <= 2 * (5 + HOLD / 1_000), `${site.probes - before} probes`);
});

test('a connection whose pings are unanswered is doubted; one that was closed is not', async (site) => {
  const { w } = site;
  site.answer = false;
  for (const [host, how] of [
    ['a', 'unanswered'],
    ['b', 'closed'],
  ] as const) {
    const connection = w.liveness.connect(OPERATOR, () => {});
    await connection.report([{ host }]);
    connection.lost(how);
  }
  await w.pass(2_100);
  assert.equal(silences(w), ['b']);
  assert.is(state(w), 'degraded');
  await w.pass(HOLD);
  assert.equal(silences(w), ['b', 'a']);
});

test('after a start every host has its full period first, then the witness decides', async (site) => {
  const { w } = site;
  await reporting(w, 'a', 'b');
  site.answer = false;
  await w.restart();
  await w.pass(5_900);
  assert.equal(silences(w), []);
  assert.is(state(w), 'ok');
  await w.pass(400);
  assert.equal(silences(w), []);
  assert.is(state(w), 'degraded');
  await w.pass(HOLD);
  assert.equal(silences(w), ['a', 'b']);
  assert.is(w.sent.at(-1)?.detected_after_restart, true);
});

test('a rack that is silent whole is committed at once while the witness is reachable', async ({ w }) => {
  const rack = ['a', 'b', 'c', 'd', 'e'];
  await reporting(w, ...rack);
  await w.pass(6_000);
  assert.equal(silences(w), rack);
  assert.is(w.sent.at(-1)?.cause, 'mass');
  assert.is(state(w), 'ok');
});

test('DOWN waits for nothing while a silence is doubted', async (site) => {
  const { w } = site;
  await reporting(w, 'a');
  site.answer = false;
  await w.pass(5_100);
  await w.test.store.updateService({ host: 'a', binary: 'nova-compute' }, (current) => {
    const after = { ...current!, forcedDown: true };
    return { service: after, news: { cause: 'forced_down', at: w.clock.now(), before: current, after } };
  });
  assert.is(w.sent.at(-1)?.to, 'DOWN');
});

test('without a witness all of two hosts are committed at their deadlines', async () => {
  const w = await watched();
  await reporting(w, 'a', 'b');
  await w.pass(5_600);
  assert.equal(silences(w), ['a', 'b']);
  await w.close();
});

test.run();
