import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { SilenceRecord } from '../../../server/domain/silence/silence-record.ts';
import { LastReports } from '../../../server/liveness/services/last-reports.ts';
import { agentFor, CONFIG, type Watched, watched } from '../support.ts';

const test = suite<{ w: Watched }>('records of silences');

test.before.each(async (context) => {
  context.w = await watched();
});
test.after.each(({ w }) => w.close());

async function recordOf(w: Watched, host: string): Promise<SilenceRecord | undefined> {
  const service = await w.test.store.service({ host, binary: 'nova-compute' });
  const [record] = await w.test.explanations.silences(service?.id ?? 0, w.clock.now(), 1);
  return record;
}

async function reporting(w: Watched, ms: number, ...hosts: string[]): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1_000) {
    await w.report(...hosts);
    await w.pass(1_000);
  }
}

test('it has the last arrivals, the deadline, and by how much it was missed', async ({ w }) => {
  await reporting(w, 6_000, 'c1', 'c2', 'c3', 'c4');
  const last = w.clock.now() - 1_000;
  await reporting(w, 6_000, 'c2', 'c3', 'c4');
  const record = await recordOf(w, 'c1');
  assert.equal(record?.arrivals, [last, last - 1_000, last - 2_000, last - 3_000]);
  assert.is(record?.lastHeard, last);
  assert.is(record?.deadline, last + CONFIG.serviceDownTime);
  assert.is(record?.at, (record?.deadline ?? 0) + (record?.lateness ?? 0));
  assert.is(record?.lateness, 25);
  assert.equal([record?.reportInterval, record?.serviceDownTime, record?.allowance], [1_000, 6_000, 0]);
  assert.equal(record?.connection, { state: 'none' });
  assert.equal(record?.observer, { state: 'ok' });
  assert.equal(record?.others, { reporting: 3, late: 0, wereHeard: true });
  assert.equal(record?.together, { count: 0, hosts: [] });
});

test('its instant is that of the change it explains', async ({ w }) => {
  await w.report('c1');
  await w.pass(7_000);
  const change = w.sent.find(({ to }) => to === 'UNKNOWN');
  assert.is(new Date((await recordOf(w, 'c1'))?.at ?? 0).toISOString(), change?.at);
});

test('it names those whose silence was decided in the same look', async ({ w }) => {
  await w.report('c1', 'c2');
  await w.pass(7_000);
  assert.equal((await recordOf(w, 'c1'))?.together, { count: 1, hosts: ['c2'] });
});

test('a record of many names ten and counts all', async ({ w }) => {
  const dead = Array.from({ length: 14 }, (_, n) => `c${n}`);
  await w.report(...dead);
  await reporting(w, 30_000, ...Array.from({ length: 60 }, (_, n) => `other${n}`));
  const together = (await recordOf(w, 'c0'))?.together;
  assert.equal([together?.count, together?.hosts.length], [13, 10]);
});

test('it says how the connection ended, and when', async ({ w }) => {
  await reporting(w, 2_000, 'c2', 'c3', 'c4');
  const connection = w.liveness.connect(agentFor('c1'), () => undefined);
  await connection.report([{ host: 'c1' }]);
  const endedAt = w.clock.now();
  connection.lost('reset');
  await w.report('c2', 'c3', 'c4');
  await w.pass(2_100);
  const record = await recordOf(w, 'c1');
  assert.equal(record?.connection, { state: 'ended', evidence: 'reset', endedAt });
  assert.is(record?.lateness, null, 'no deadline decided it');
});

test('it says that a connection was open and did not answer', async ({ w }) => {
  const connection = w.liveness.connect(agentFor('c1'), () => undefined);
  await connection.report([{ host: 'c1' }]);
  connection.unanswered(true);
  await reporting(w, 8_000, 'c2', 'c3', 'c4');
  assert.equal((await recordOf(w, 'c1'))?.connection, { state: 'unanswered' });
});

test('time in which hostbeat did not look is an allowance', async ({ w }) => {
  await reporting(w, 2_000, 'c1', 'c2', 'c3', 'c4');
  w.stopped(20_000);
  await reporting(w, 8_000, 'c2', 'c3', 'c4');
  const allowance = (await recordOf(w, 'c1'))?.allowance ?? 0;
  assert.ok(allowance >= 19_000 && allowance <= 20_100, `${allowance}`);
});

test('after a restart there are no arrivals, and the last report before it', async ({ w }) => {
  await w.report('c1');
  await w.pass(5_500);
  const { lastSeenUp } = (await w.test.store.service({ host: 'c1', binary: 'nova-compute' })) ?? {};
  await w.restart();
  await w.pass(7_000);
  const record = await recordOf(w, 'c1');
  assert.equal(record?.arrivals, []);
  assert.is(record?.lastHeard, lastSeenUp);
});

test('a record also says that no other service was heard', async ({ w }) => {
  await w.report('c1', 'c2', 'c3', 'c4');
  await w.pass(12_000);
  assert.is((await recordOf(w, 'c1'))?.others?.wereHeard, false);
  assert.is((await recordOf(w, 'c1'))?.together.count, 3);
});

test('arrivals are kept across slots that grow, and when the wall clock is set back', () => {
  const reports = new LastReports();
  const now = Date.UTC(2026, 0, 1);
  for (const slot of [3, 1_500]) {
    reports.begin(slot, now, false);
    assert.equal(reports.arrivals(slot), [], 'none yet');
    for (const at of [0, 10, 20, 30, 5]) reports.report(slot, now + at);
  }
  for (const slot of [3, 1_500])
    assert.equal(
      reports.arrivals(slot).map((at) => at - now),
      [5, 30, 20, 10],
    );
  reports.begin(3, now, true);
  assert.equal(reports.arrivals(3), [], 'another service took the slot');
});

test.run();
