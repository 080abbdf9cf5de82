import fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AgentReport, Report, ReportsAnswer } from '../../../client-sdk/protocol/agent.ts';
import { newService } from '../../../server/domain/transition.ts';
import { intervalHint } from '../../../server/liveness/reports/interval-hint.ts';
import { isReportFrame, readReport } from '../../../server/liveness/reports/report.ts';
import { ReportAnswer } from '../../../server/liveness/reports/report-answer.ts';
import { agentFor, OPERATOR, type Watched, watched } from '../support.ts';

const test = suite<{ w: Watched }>('heartbeats');

test.before.each(async (context) => {
  context.w = await watched();
});
test.after.each(({ w }) => w.close());

test('an unknown service is added and announced with its first report', async ({ w }) => {
  const answer = await w.liveness.accept([{ host: 'c1' }], OPERATOR);
  assert.is(answer.accepted, 1);
  assert.equal(answer.rejected, []);
  assert.is(answer.services[0]?.host, 'c1');
  assert.is(answer.services[0]?.binary, 'nova-compute');
  const service = await w.test.store.service({ host: 'c1', binary: 'nova-compute' });
  assert.ok(service?.live);
  assert.equal(
    w.sent.map(({ kind, host, to }) => ({ kind, host, to })),
    [{ kind: 'service_added', host: 'c1', to: 'UP' }],
  );
});

test('a report of a live service asks the store for nothing', async ({ w }) => {
  const hosts = Array.from({ length: 200 }, (_, n) => `c${n}`);
  await w.report(...hosts);
  w.asked.updates = 0;
  for (let round = 0; round < 10; round++) await w.report(...hosts);
  assert.equal(w.asked, { updates: 0, lastSeen: 0 });
});

test('a silent service is live again with its first report', async ({ w }) => {
  await w.report('c1');
  await w.pass(6_100);
  assert.is(w.sent.at(-1)?.to, 'UNKNOWN');
  await w.report('c1');
  assert.equal([w.sent.at(-1)?.to, w.sent.at(-1)?.cause], ['UP', 'heartbeat']);
});

test('the same service ten times in one batch, unknown or silent, is decided on once', async ({ w }) => {
  const batch = Array.from({ length: 10 }, () => ({ host: 'c1' }));
  assert.is((await w.liveness.accept(batch, OPERATOR)).accepted, 10);
  assert.is(w.asked.updates, 1);
  await w.pass(6_100);
  w.asked.updates = 0;
  await w.liveness.accept(batch, OPERATOR);
  assert.is(w.asked.updates, 1);
  assert.is(w.sent.length, 3);
});

test('a wrong report is rejected by its index and the others count', async ({ w }) => {
  const answer = await w.liveness.accept(
    [{ host: 'a b' }, { host: 'c1' }, 7, { host: 'c2', bin: 'x' }],
    OPERATOR,
  );
  assert.is(answer.accepted, 1);
  assert.equal(
    answer.rejected.map(({ index }) => index),
    [0, 2, 3],
  );
  assert.match(answer.rejected[2]?.error ?? '', /unknown key "bin"/);
});

test('an agent reports for its own hosts; for a foreign one nothing changes', async ({ w }) => {
  await w.report('theirs');
  await w.pass(3_000);
  const before = w.liveness.knowledgeOf({ host: 'theirs', binary: 'nova-compute' })?.silentInMs;
  const answer = await w.liveness.accept(
    [{ host: 'mine' }, { host: 'theirs' }, { host: 'new' }],
    agentFor('mine'),
  );
  assert.equal(
    answer.services.map(({ host }) => host),
    ['mine'],
  );
  assert.equal(
    answer.rejected.map(({ index }) => index),
    [1, 2],
  );
  assert.is(await w.test.store.service({ host: 'new', binary: 'nova-compute' }), undefined);
  assert.is(w.liveness.knowledgeOf({ host: 'theirs', binary: 'nova-compute' })?.silentInMs, before);
});

test('an agent’s token adds 32 services to a host at most; operators may add more', async ({ w }) => {
  const named = (count: number) => Array.from({ length: count }, (_, n) => ({ host: 'c1', binary: `b${n}` }));
  const agent = agentFor('c1', 'c2');
  const first = await w.liveness.accept([...named(40), ...named(40), { host: 'c2' }], agent);
  assert.equal([first.accepted, first.rejected.length], [65, 16]);
  assert.match(first.rejected[0]?.error ?? '', /c1 has 32 services: delete/);
  assert.equal([(await w.liveness.accept(named(40), agent)).accepted, w.liveness.counts().live], [32, 33]);
  assert.is((await w.liveness.accept(named(40), OPERATOR)).accepted, 40);
  assert.is((await w.liveness.accept(named(40), agent)).accepted, 40);
});

test('a gateway is drawn to one place with all its hosts, and then left alone', async ({ w }) => {
  const { reportInterval } = w.liveness.config;
  const hosts = Array.from({ length: 50 }, (_, n) => ({ host: `c${n}` }));
  let asked = 0;
  for (let round = 0; round < 8; round++) {
    const { services } = await w.liveness.accept(hosts, OPERATOR);
    asked = Math.min(...services.map(({ interval_hint_ms }) => interval_hint_ms));
    await w.pass(asked);
  }
  assert.is(asked, reportInterval);
});

test('a member of a project may report for no host at all', async ({ w }) => {
  const answer = await w.liveness.accept([{ host: 'c1' }], { ...OPERATOR, roles: ['member'] });
  assert.is(answer.accepted, 0);
  assert.equal(w.sent, []);
});

test('a fenced service learns it from the answer; its reports do not lift the fence', async ({ w }) => {
  await w.report('c1');
  await w.test.store.updateService({ host: 'c1', binary: 'nova-compute' }, (current) => ({
    service: { ...current!, forcedDown: true },
  }));
  const answer = await w.liveness.accept([{ host: 'c1' }], OPERATOR);
  assert.is(answer.services[0]?.forced_down, true);
  assert.ok((await w.test.store.service({ host: 'c1', binary: 'nova-compute' }))?.forcedDown);
});

test('while the database cannot write live services stay live, new ones must retry', async ({ w }) => {
  await w.report('c1');
  w.failing = true;
  const answer = await w.liveness.accept([{ host: 'c1' }, { host: 'c2' }], OPERATOR);
  assert.is(answer.accepted, 1);
  assert.equal(answer.rejected, [{ index: 1, error: 'The disk is full' }]);
  w.failing = false;
  await w.report('c2');
  assert.is(w.sent.length, 2);
});

test('a deleted service is added again with its next report, as a new one', async ({ w }) => {
  await w.report('c1');
  const first = await w.test.store.service({ host: 'c1', binary: 'nova-compute' });
  await w.test.store.updateService({ host: 'c1', binary: 'nova-compute' }, () => ({ service: undefined }));
  assert.is(w.liveness.knowledgeOf({ host: 'c1', binary: 'nova-compute' }), undefined);
  await w.report('c1');
  const second = await w.test.store.service({ host: 'c1', binary: 'nova-compute' });
  assert.is.not(second?.uuid, first?.uuid);
});

test('last reports are written some seconds late, in one go, and at the end', async ({ w }) => {
  await w.report('c1', 'c2');
  const heard = w.clock.now() + 100;
  await w.pass(100);
  await w.report('c1', 'c2');
  assert.is(w.asked.lastSeen, 0);
  await w.pass(5_000);
  assert.is(w.asked.lastSeen, 1);
  assert.is((await w.test.store.service({ host: 'c1', binary: 'nova-compute' }))?.lastSeenUp, heard);
  await w.pass(100);
  await w.report('c2');
  await w.liveness.close();
  assert.is((await w.test.store.service({ host: 'c2', binary: 'nova-compute' }))?.lastSeenUp, w.clock.now());
});

test('last reports that could not be written are written the next time', async ({ w }) => {
  await w.report('c1');
  await w.pass(10);
  await w.report('c1');
  const heard = w.clock.now();
  w.failing = true;
  await w.pass(5_000);
  w.failing = false;
  await w.pass(5_000);
  assert.is((await w.test.store.service({ host: 'c1', binary: 'nova-compute' }))?.lastSeenUp, heard);
});

test('settings of its own move a service’s deadline at once, both ways', async ({ w }) => {
  await w.report('c1');
  const key = { host: 'c1', binary: 'nova-compute' };
  const set = (serviceDownTimeMs: number | null) =>
    w.test.store.updateService(key, (current) => ({ service: { ...current!, serviceDownTimeMs } }));
  await set(60_000);
  assert.is(w.liveness.knowledgeOf(key)?.silentInMs, 60_000);
  await set(700);
  assert.is(w.liveness.knowledgeOf(key)?.silentInMs, 700);
  await w.pass(750);
  assert.is(w.sent.at(-1)?.to, 'UNKNOWN');
});

const pure = suite('a report');

pure('is read by hand exactly as the schema reads it', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^[a-zA-Z0-9._-]{0,4}$/),
    fc.constant('x'.repeat(255)),
    fc.constant('x'.repeat(256)),
  );
  const field = fc.oneof(text, fc.constant(undefined), fc.anything());
  const report = fc.oneof(
    fc.record({ host: field, binary: field }, { requiredKeys: [] }),
    fc.record({ host: text, binary: text, extra: fc.anything() }, { requiredKeys: ['host'] }),
    fc.anything(),
  );
  fc.assert(
    fc.property(report, (value) => {
      const schema = Report.safeParse(value);
      for (const expected of [undefined, { host: 'c1', binary: 'nova-compute' }]) {
        const read = readReport(value, expected);
        if (schema.success) assert.equal(read, schema.data);
        else assert.type(read, 'string');
      }
    }),
    { numRuns: 2_000 },
  );
});

pure('a frame is taken for a report exactly if the schema takes it for one', () => {
  const frame = fc.oneof(
    fc.record(
      {
        type: fc.constantFrom('report', 'goodbye', 7),
        seq: fc.oneof(fc.nat(), fc.integer(), fc.double(), fc.string(), fc.constant(undefined)),
        reports: fc.oneof(fc.array(fc.anything(), { maxLength: 3 }), fc.anything()),
        more: fc.anything(),
      },
      { requiredKeys: [] },
    ),
    fc.anything(),
  );
  fc.assert(
    fc.property(frame, (value) => assert.is(isReportFrame(value), AgentReport.safeParse(value).success)),
    { numRuns: 2_000 },
  );
});

pure('the text of an answer is what the schema describes and what it says of itself', () => {
  const outcome = fc.oneof(
    fc.string(),
    fc.record({ binary: fc.string({ minLength: 1 }), forcedDown: fc.boolean(), disabled: fc.boolean() }),
    fc.constant({ binary: 'nova-compute', forcedDown: false, disabled: false }),
  );
  fc.assert(
    fc.property(fc.array(outcome), (outcomes) => {
      const answer = new ReportAnswer(outcomes.length);
      for (const [index, one] of [...outcomes.entries()].reverse()) {
        if (typeof one === 'string') answer.reject(index, one);
        else
          answer.accept(
            index,
            { ...newService({ uuid: 'u', host: `c${index}`, binary: 'b' }, 0), ...one },
            index,
          );
      }
      const { accepted, rejected, services } = answer;
      assert.equal(ReportsAnswer.parse(JSON.parse(`{${answer.members}}`)), { accepted, rejected, services });
      assert.equal(
        services.map(({ host }) => host),
        outcomes.flatMap((one, index) => (typeof one === 'string' ? [] : [`c${index}`])),
      );
      assert.equal(
        rejected,
        outcomes.flatMap((error, index) => (typeof error === 'string' ? [{ index, error }] : [])),
      );
    }),
  );
});

pure(
  'is answered with a hint that is never longer than the interval and draws everybody to a place of his own',
  () => {
    const interval = 10_000;
    const places = [];
    for (let slot = 0; slot < 100; slot++) {
      let now = 1_000_000;
      for (let round = 0; round < 12; round++) {
        const hint = intervalHint(slot, now, interval);
        assert.ok(hint > 0 && hint <= interval);
        now += hint;
      }
      places.push((now % interval) / interval);
    }
    for (let tenth = 0; tenth < 10; tenth++) {
      const inside = places.filter((place) => Math.floor(place * 10) === tenth).length;
      assert.ok(inside >= 4 && inside <= 16, `${inside} of 100 in tenth ${tenth}`);
    }
  },
);

test.run();
pure.run();
