/** The conversation with an agent: answers, refusals, floods, and the end of its token. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { mayReportAtAll } from '../../../server/liveness/agents/session.ts';
import { FakeAuthenticator } from '../../support/identity.ts';
import { agentFor, OPERATOR, settled, type Watched, watched } from '../support.ts';
import { agent, key } from './agent.ts';

const test = suite<{ w: Watched }>('agent session');

test.before.each(async (context) => {
  context.w = await watched();
});
test.after.each(({ w }) => w.close());

test('an agent is welcomed with its periods, and reports are answered by number', async ({ w }) => {
  const a = agent(w);
  assert.is(a.frames[0].type, 'welcome');
  assert.is(a.frames[0].report_interval_ms, 1_000);
  await a.say({ type: 'report', seq: 7, reports: [{ host: 'c1' }, { host: '?' }] });
  assert.equal([a.frames[1].type, a.frames[1].seq, a.frames[1].accepted], ['reported', 7, 1]);
  assert.is(a.frames[1].rejected[0].index, 1);
});

test('a fence is sent at once to the connections that report for the service, only', async ({ w }) => {
  const a = agent(w);
  const b = agent(w);
  await a.report('c1');
  await b.report('c2');
  await w.test.store.updateService(key('c1'), (current) => ({ service: { ...current!, forcedDown: true } }));
  assert.equal(
    [a.frames.at(-1).type, a.frames.at(-1).host, a.frames.at(-1).forced_down],
    ['service', 'c1', true],
  );
  assert.is(b.frames.at(-1).type, 'reported');
});

test('a report for a foreign host is rejected, and the connection is no evidence of it', async ({ w }) => {
  await w.report('theirs');
  const a = agent(w, agentFor('mine'));
  await a.report('mine', 'theirs');
  assert.is(a.frames.at(-1).rejected.length, 1);
  a.closed(1006);
  await w.pass(3_000);
  assert.equal(
    w.sent.filter(({ to }) => to === 'UNKNOWN').map(({ host }) => host),
    ['mine'],
  );
});

test('a deleted service leaves the connection, though its slot is used again', async ({ w }) => {
  const a = agent(w);
  await a.report('c1');
  await w.test.store.updateService(key('c1'), () => ({ service: undefined }));
  await w.report('c2');
  // Posted too long ago to stand in for a connection, and not yet overdue.
  await w.pass(2_000);
  a.closed(1006);
  await w.pass(3_000);
  assert.equal(
    w.sent.filter(({ to }) => to === 'UNKNOWN').map(({ host }) => host),
    [],
  );
});

test('a malformed frame closes the connection with the reason', async ({ w }) => {
  for (const [text, words] of [
    ['{', /not a frame/],
    ['{"type":"report","reports":[]}', /reports/],
    ['{"type":"goodbye","reason":"bored"}', /reason/],
  ] as const) {
    const a = agent(w);
    await a.say(text);
    assert.is(a.frames.at(-1).code, 'bad_frame');
    assert.match(a.frames.at(-1).message, words);
    assert.equal(a.closedWith, [4400]);
  }
  const binary = agent(w);
  binary.message(undefined);
  assert.equal(binary.closedWith, [4400]);
});

test('an identity that may not report gets the reason and is closed', async ({ w }) => {
  const a = agent(w, { ...OPERATOR, roles: ['member'] });
  assert.is(a.frames.at(-1).code, 'forbidden');
  assert.equal(a.closedWith, [4403]);
});

test('a token that ended, also early, closes with 4103, lost rights with 4403', async ({ w }) => {
  const a = agent(w, { ...OPERATOR, expiresAt: w.clock.now() + 3_000 });
  await w.pass(2_000);
  a.pong();
  assert.equal(a.closedWith, []);
  await w.pass(1_000);
  assert.equal(a.closedWith, [4103]);

  const authenticator = new FakeAuthenticator();
  authenticator.tokens.set('good', OPERATOR);
  const b = agent(w, OPERATOR, authenticator);
  authenticator.tellRevoked({ userId: 'somebody else' });
  authenticator.tellRevoked({ userId: OPERATOR.userId });
  await settled();
  assert.equal(b.closedWith, [], 'another token of the same user');
  authenticator.revoke('good');
  await settled();
  assert.equal(b.closedWith, [4103]);
  assert.is(authenticator.listeners, 0);

  authenticator.tokens.set('good', OPERATOR);
  const c = agent(w, OPERATOR, authenticator);
  authenticator.tokens.set('good', { ...OPERATOR, roles: ['member'] });
  authenticator.tellRevoked({ userId: OPERATOR.userId });
  await settled();
  assert.equal(c.closedWith, [4403]);
  assert.equal(c.frames.at(-1)?.code, 'forbidden', 'and says why before');
});

test('frames that arrive together are answered together, numbered ones each by number', async ({ w }) => {
  const a = agent(w);
  a.frames.length = 0;
  for (const hosts of [['c1'], ['c2', '?'], ['c3']])
    a.message(JSON.stringify({ type: 'report', reports: hosts.map((host) => ({ host })) }));
  a.message(JSON.stringify({ type: 'report', seq: 1, reports: [{ host: 'c4' }] }));
  a.message(JSON.stringify({ type: 'report', reports: [{ host: 'c5' }] }));
  await settled();
  assert.equal(
    a.frames.map(({ seq, services }) => [seq, services.map(({ host }: { host: string }) => host)]),
    [
      [undefined, ['c1', 'c2', 'c3']],
      [1, ['c4']],
      [undefined, ['c5']],
    ],
  );
  assert.is(a.frames[0].rejected[0].index, 2);
});

test('an answer to very many that nobody numbered names those that are to stop', async ({ w }) => {
  const a = agent(w);
  const hosts = Array.from({ length: 40 }, (_, n) => ({ host: `c${n}` }));
  await a.say({ type: 'report', reports: hosts });
  for (const [n, flag] of [
    [39, 'forcedDown'],
    [3, 'disabled'],
  ] as const)
    await w.test.store.updateService(key(`c${n}`), (current) => ({ service: { ...current!, [flag]: true } }));
  a.frames.length = 0;
  await a.say({ type: 'report', reports: [...hosts, { host: '?' }] });
  await a.say({ type: 'report', reports: hosts.slice(0, 32) });
  await a.say({ type: 'report', seq: 1, reports: hosts });
  const [brief, few, numbered] = a.frames;
  assert.equal([brief.accepted, brief.rejected[0].index], [40, 40]);
  assert.equal(
    brief.services.map((one: { host: string }) => one.host),
    ['c3', 'c39'],
  );
  assert.equal([brief.services[0].disabled, brief.services[1].forced_down], [true, true]);
  assert.equal([few.services.length, numbered.services.length], [32, 40]);
  assert.is(brief.interval_hint_ms, few.services[0].interval_hint_ms);
});

test('a repeated frame counts as a report each time, and gets the present answer', async ({ w }) => {
  const a = agent(w);
  for (let n = 0; n < 8; n++) {
    await a.report('c1', '?');
    await w.pass(1_000);
  }
  assert.equal(
    w.sent.map(({ to }) => to),
    ['UP'],
  );
  await w.test.store.updateService(key('c1'), (current) => ({ service: { ...current!, forcedDown: true } }));
  await a.report('c1', '?');
  const { services, rejected } = a.frames.at(-1);
  assert.equal([services.length, services[0].forced_down, rejected[0].index], [1, true, 1]);
});

test('an agent that floods is sent away, and may come back', async ({ w }) => {
  const a = agent(w, agentFor('c1'));
  for (let n = 0; n < 100; n++) await a.report('c1');
  assert.equal(a.closedWith, []);
  await a.report('c1');
  assert.equal(a.closedWith, [4429]);
  await w.pass(1_000);
  const b = agent(w, agentFor('c1'));
  await b.report('c1');
  assert.equal(b.closedWith, []);
});

test('a flood is counted by reports and not by frames', async ({ w }) => {
  const a = agent(w, agentFor('c1'));
  const sixty = Array.from({ length: 60 }, () => 'c1');
  await a.report(...sixty);
  assert.equal(a.closedWith, []);
  await a.report(...sixty);
  assert.equal(a.closedWith, [4429]);
});

test('an agent that reads none of its answers is closed', async ({ w }) => {
  const a = agent(w);
  a.buffered = 5 * 1024 * 1024;
  await a.report('c1');
  assert.equal(a.closedWith, [CLOSE.slowConsumer.code]);
});

test('a token that is good for a month is waited for in steps', async ({ w }) => {
  const a = agent(w, { ...OPERATOR, expiresAt: w.clock.now() + 30 * 86_400_000 });
  await w.pass(1_000);
  assert.equal(a.closedWith, []);
});

test('an agent token that names no host may not report', () => {
  assert.not(mayReportAtAll(agentFor()));
  assert.ok(mayReportAtAll(agentFor('c1')));
});

test.run();
