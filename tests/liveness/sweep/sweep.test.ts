import { randomUUID } from 'node:crypto';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { onReport } from '../../../server/domain/transition.ts';
import { anInstance, aService } from '../../support/builders.ts';
import { putInstance, putService } from '../../support/store.ts';
import { OPERATOR, settled, type Watched, watched } from '../support.ts';

const test = suite<{ w: Watched }>('silence');

test.before.each(async (context) => {
  // Here all fall silent at once; doubts about receiving have a suite of their own.
  context.w = await watched({ massHold: 0 });
});
test.after.each(({ w }) => w.close());

const key = (host: string) => ({ host, binary: 'nova-compute' });
const tolds = (w: Watched) => w.sent.map(({ host, to }) => `${host} ${to}`);

test('a silent host is UNKNOWN, never DOWN, and not a tick before its time', async ({ w }) => {
  await w.report('c1');
  await w.pass(6_000);
  assert.equal(tolds(w), ['c1 UP']);
  await w.pass(25);
  assert.equal(tolds(w), ['c1 UP', 'c1 UNKNOWN']);
  assert.is(w.sent[1]?.cause, 'timeout');
});

test('a service that reports in time is never reported silent', async ({ w }) => {
  for (let n = 0; n < 30; n++) {
    await w.report('c1');
    await w.pass(1_000);
  }
  assert.equal(tolds(w), ['c1 UP']);
});

test('the change says between which two instants it happened', async ({ w }) => {
  await w.report('c1');
  const heard = new Date(w.clock.now()).toISOString();
  await w.pass(6_100);
  const [from, to] = w.sent[1]?.observed ?? [];
  assert.is(from, heard);
  assert.is(to, w.sent[1]?.at);
  assert.is(w.sent[1]?.detected_after_restart, undefined);
});

test('owners of the servers on it get the change in the same commit', async ({ w }) => {
  await w.report('c1');
  const vm = await putInstance(w.test, anInstance({ host: 'c1' }));
  await w.pass(6_100);
  const rows = await w.test.store.log('project:p1', 0, 10, 10);
  const change = JSON.parse(rows.at(-1)?.items ?? '[]')[0];
  assert.equal([change.server_id, change.from, change.to], [vm.id, 'UP', 'UNKNOWN']);
});

test('a report that was waiting in the sockets when the deadline passed counts', async ({ w }) => {
  await w.report('c1');
  await w.pass(5_990);
  w.clock.advance(25);
  const ticking = w.liveness.tick();
  await w.report('c1');
  await ticking;
  await w.pass(1_000);
  assert.equal(tolds(w), ['c1 UP']);
});

test('a service heard while its silence waits for the transaction is not silenced', async ({ w }) => {
  await w.report('c1');
  w.around = (decide) => (current, servers) => {
    w.around = undefined;
    void w.report('c1');
    return decide(current, servers);
  };
  await w.pass(6_100);
  assert.equal(tolds(w), ['c1 UP']);
  // It is waited for as after any other report.
  await w.pass(6_100);
  assert.equal(tolds(w), ['c1 UP', 'c1 UNKNOWN']);
});

test('a service heard while its silence commits comes back at once', async ({ w }) => {
  await w.report('c1');
  w.committed = ([change]) => {
    if (change?.to === 'UNKNOWN') void w.report('c1');
  };
  await w.pass(6_100);
  assert.equal(tolds(w), ['c1 UP', 'c1 UNKNOWN', 'c1 UP']);
});

test('a service that another process brought back has its whole period', async ({ w }) => {
  await w.report('c1');
  await w.pass(6_100);
  const report = { ...key('c1'), uuid: randomUUID() };
  await w.test.store.updateService(key('c1'), (current) =>
    onReport(current, report, w.clock.now(), w.test.rules),
  );
  await w.pass(6_000);
  assert.equal(tolds(w), ['c1 UP', 'c1 UNKNOWN', 'c1 UP']);
  await w.pass(100);
  assert.is(tolds(w).at(-1), 'c1 UNKNOWN');
});

test('a report that has arrived prevents the silence, however late we read it', async () => {
  let read = () => {};
  const w = await watched({ massHold: 0 }, () => new Promise((resolve) => (read = resolve)));
  try {
    await w.report('c1', 'c2');
    await w.pass(6_100);
    // The report of c1 is on one of hundreds of connections that wait to be accepted.
    await w.pass(4_000);
    assert.equal(tolds(w), ['c1 UP', 'c2 UP']);
    assert.is(w.liveness.observer.state(), 'degraded');
    assert.match(w.liveness.observer.reason() ?? '', /connections wait to be accepted/);
    await w.report('c1');
    read();
    await settled();
    await settled();
    assert.equal(tolds(w).slice(2), ['c2 UNKNOWN']);
    assert.is(w.liveness.observer.state(), 'ok');
  } finally {
    read();
    await w.close();
  }
});

test('until all arrived reports are read no host is silent, and then at once', async () => {
  let works = false;
  const w = await watched({ massHold: 0 }, async () => {
    if (!works) throw new Error('EMFILE');
  });
  try {
    await w.report('c1');
    await w.pass(10_000);
    assert.equal(tolds(w), ['c1 UP']);
    assert.is(w.liveness.observer.state(), 'degraded');
    works = true;
    await w.pass(300);
    assert.equal(tolds(w), ['c1 UP', 'c1 UNKNOWN']);
    assert.is(w.liveness.observer.state(), 'ok');
  } finally {
    await w.close();
  }
});

for (const gap of [150, 700, 1_400]) {
  test(`a loop that is always ${gap} ms late puts no silence off by more than one look`, async ({ w }) => {
    await w.report('c1');
    for (let passed = 0; passed <= 6_000; passed += gap) {
      assert.equal(tolds(w), ['c1 UP']);
      w.clock.advance(gap);
      await w.liveness.tick();
    }
    assert.equal(tolds(w), ['c1 UP', 'c1 UNKNOWN']);
  });
}

test('a process stopped for two minutes reports only the true deaths, and in time', async ({ w }) => {
  const hosts = Array.from({ length: 50 }, (_, n) => `c${n}`);
  await w.report(...hosts);
  await w.pass(1_000);
  w.stopped(120_000);
  await w.pass(25);
  assert.is(w.liveness.observer.state(), 'paused');
  const alive = hosts.slice(1);
  for (let n = 0; n < 8; n++) {
    await w.report(...alive);
    await w.pass(1_000);
  }
  assert.equal(tolds(w).slice(50), ['c0 UNKNOWN']);
  assert.is(w.liveness.observer.state(), 'ok');
});

test('reports lost while we were stopped make no service silent', async ({ w }) => {
  await w.report('c1');
  await w.pass(5_900);
  w.stopped(20_000);
  await w.pass(1_400);
  assert.equal(tolds(w), ['c1 UP']);
  await w.report('c1');
  await w.pass(3_000);
  assert.equal(tolds(w), ['c1 UP']);
});

test('a pause of ours uses up nothing of a service’s own time', async ({ w }) => {
  await w.report('c1');
  await w.pass(1_000);
  w.stopped(120_000);
  await w.pass(25);
  await w.pass(4_950);
  assert.equal(tolds(w), ['c1 UP']);
  await w.pass(100);
  assert.equal(tolds(w), ['c1 UP', 'c1 UNKNOWN']);
});

test('a wall clock that is set, forward or back, changes no status', async ({ w }) => {
  await w.report('c1', 'c2');
  for (const step of [3_600_000, -7_200_000, 30 * 365 * 86_400_000]) {
    w.clock.stepWall(step);
    await w.report('c1');
    await w.pass(1_500);
  }
  assert.equal(tolds(w), ['c1 UP', 'c2 UP']);
  await w.report('c1');
  await w.pass(1_600);
  assert.equal(tolds(w).slice(2), ['c2 UNKNOWN']);
  const [from, to] = w.sent.at(-1)?.observed ?? ['', ''];
  assert.ok(from <= to);
});

test('after a restart every live service has a full period, and nothing is announced', async ({ w }) => {
  await w.report('c1', 'c2');
  await w.pass(5_000);
  w.clock.advance(3_600_000);
  await w.restart();
  await w.pass(5_900);
  await w.report('c2');
  assert.equal(tolds(w), ['c1 UP', 'c2 UP']);
  await w.pass(200);
  assert.equal(tolds(w).slice(2), ['c1 UNKNOWN']);
});

test('after a restart a service that reports seldom has two of its intervals', async ({ w }) => {
  await putService(w.test, aService({ host: 'c1', reportIntervalMs: 5_000 }));
  w.sent.length = 0;
  await w.restart();
  await w.pass(10_000);
  assert.equal(w.sent, []);
  await w.pass(25);
  assert.equal(tolds(w), ['c1 UNKNOWN']);
});

test('a death found after a restart says so, with the recorded report as lower bound', async ({ w }) => {
  await w.report('c1');
  const heard = new Date(w.clock.now()).toISOString();
  w.clock.advance(3_600_000);
  await w.restart();
  await w.pass(6_100);
  assert.is(w.sent.at(-1)?.detected_after_restart, true);
  assert.is(w.sent.at(-1)?.observed?.[0], heard);
  await w.report('c1');
  await w.pass(6_100);
  assert.is(w.sent.at(-1)?.to, 'UNKNOWN');
  assert.is(w.sent.at(-1)?.detected_after_restart, undefined);
});

test('a service silent before a restart stays so, unannounced, until it reports', async ({ w }) => {
  await putService(w.test, aService({ host: 'c1', live: false }));
  w.sent.length = 0;
  await w.restart();
  await w.pass(20_000);
  assert.equal(w.sent, []);
  await w.report('c1');
  assert.equal(tolds(w), ['c1 UP']);
});

test('a full disk loses no death: each is committed once, in order, when space is free', async ({ w }) => {
  await w.report('c1');
  await w.pass(100);
  await w.report('c2');
  await w.pass(100);
  await w.report('c3');
  w.failing = true;
  await w.pass(7_000);
  assert.equal(tolds(w), ['c1 UP', 'c2 UP', 'c3 UP']);
  assert.is(w.liveness.observer.state(), 'degraded');
  assert.match(w.liveness.observer.reason() ?? '', /disk is full/);
  w.failing = false;
  await w.pass(600);
  assert.equal(tolds(w).slice(3), ['c1 UNKNOWN', 'c2 UNKNOWN', 'c3 UNKNOWN']);
  assert.is(w.liveness.observer.state(), 'ok');
});

test('a service that reports while the disk is full was never silent', async ({ w }) => {
  await w.report('c1');
  w.failing = true;
  await w.pass(6_500);
  await w.report('c1');
  w.failing = false;
  await w.pass(1_000);
  assert.equal(tolds(w), ['c1 UP']);
  assert.is(w.liveness.observer.state(), 'ok');
});

test('more than a thousand at once are all committed, each once', async ({ w }) => {
  const hosts = Array.from({ length: 2_500 }, (_, n) => `c${n}`);
  await w.report(...hosts);
  await w.pass(6_100);
  for (let n = 0; n < 20; n++) await settled();
  const silent = w.sent.filter(({ to }) => to === 'UNKNOWN').map(({ host }) => host);
  assert.is(silent.length, 2_500);
  assert.is(new Set(silent).size, 2_500);
});

test('a host forced down or disabled still falls silent, and the facts say so', async ({ w }) => {
  await w.report('c1');
  await w.test.store.updateService(key('c1'), (current) => ({ service: { ...current!, disabled: true } }));
  await w.pass(6_100);
  assert.equal(w.sent.at(-1)?.facts, { forced_down: false, disabled: true, live: false });
  assert.equal([w.sent.at(-1)?.from, w.sent.at(-1)?.to], ['MAINTENANCE', 'MAINTENANCE']);
});

test('a service deleted while silent, or about to be, is not announced again', async ({ w }) => {
  await w.report('c1');
  await w.pass(5_990);
  await w.test.store.updateService(key('c1'), () => ({ service: undefined }));
  await w.report('c2');
  await w.pass(5_000);
  assert.equal(tolds(w), ['c1 UP', 'c2 UP']);
});

test('a silence is late by one tick at most, not by one bucket', async ({ w }) => {
  await w.liveness.accept([{ host: 'c1' }], OPERATOR);
  await w.pass(6_000);
  const before = w.sent.length;
  await w.pass(25);
  assert.is(w.sent.length, before + 1);
});

test('closing stops every timer', async ({ w }) => {
  await w.liveness.close();
  assert.is(w.timers.waiting, 0);
});

test('while connections are lost no silence commits; a true death does afterwards', async ({ w }) => {
  await w.report('c1', 'c2');
  const broken = w.liveness.connect(OPERATOR, () => undefined);
  await broken.report([{ host: 'c3' }]);
  w.lost = 'no file descriptor is free';
  broken.lost('closed');
  await w.pass(30_000);
  assert.equal(tolds(w), ['c1 UP', 'c2 UP', 'c3 UP']);
  assert.is(w.liveness.observer.state(), 'degraded');
  w.lost = undefined;
  await w.pass(1_000);
  await w.report('c1', 'c3');
  await w.pass(4_000);
  assert.equal(tolds(w).slice(3), ['c2 UNKNOWN']);
});

test('while nothing can be recorded the database is asked a few times a second', async ({ w }) => {
  await w.report('c1');
  w.failing = true;
  await w.pass(6_100);
  w.asked.updates = 0;
  await w.pass(1_000);
  assert.ok(w.asked.updates >= 2 && w.asked.updates <= 5, `${w.asked.updates} tries in a second`);
});

test.run();
