import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AgentDownstream } from '../../../client-sdk/protocol/agent.ts';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import type { Identity } from '../../../server/identity/identity.ts';
import { createAgentSession, mayReportAtAll } from '../../../server/liveness/agents/session.ts';
import type { Socket, SocketEvents } from '../../../server/socket/socket.ts';
import { noLogger } from '../../../server/telemetry/logger.ts';
import { FakeAuthenticator } from '../../support/identity.ts';
import { agentFor, CONFIG, OPERATOR, settled, type Watched, watched } from '../support.ts';

const test = suite<{ w: Watched }>('agent session');

test.before.each(async (context) => {
  context.w = await watched();
});
test.after.each(({ w }) => w.close());

interface Agent extends SocketEvents {
  // biome-ignore lint/suspicious/noExplicitAny: a test reads any frame
  readonly frames: any[];
  readonly closedWith: number[];
  pings: number;
  terminated: boolean;
  /** Bytes that it has not read. */
  buffered: number;
  say(frame: unknown): Promise<void>;
  report(...hosts: string[]): Promise<void>;
}

function agent(w: Watched, identity: Identity = OPERATOR, authenticator?: FakeAuthenticator): Agent {
  const frames: unknown[] = [];
  const closedWith: number[] = [];
  const state = { pings: 0, terminated: false, buffered: 0 };
  const socket: Socket = {
    send: (text) => void frames.push(AgentDownstream.parse(JSON.parse(text))),
    write: () => {
      throw new Error('agents are sent no prepared frames');
    },
    get bufferedAmount() {
      return state.buffered;
    },
    drained: (then) => then(),
    ping: () => void state.pings++,
    close: (code) => void closedWith.push(code),
    terminate: () => {
      state.terminated = true;
    },
  };
  const events = createAgentSession({
    socket,
    identity,
    liveness: w.liveness,
    clock: w.clock,
    logger: noLogger,
    session: 's1',
    timers: w.timers,
    ...(authenticator === undefined ? {} : { authenticator, token: 'good' }),
  });
  const say = async (frame: unknown) => {
    events.message(typeof frame === 'string' ? frame : JSON.stringify(frame));
    await settled();
  };
  return {
    ...events,
    frames,
    closedWith,
    get pings() {
      return state.pings;
    },
    get terminated() {
      return state.terminated;
    },
    get buffered() {
      return state.buffered;
    },
    set buffered(bytes: number) {
      state.buffered = bytes;
    },
    say,
    report: (...hosts) => say({ type: 'report', reports: hosts.map((host) => ({ host })) }),
  };
}

const key = (host: string) => ({ host, binary: 'nova-compute' });
const last = (w: Watched) => `${w.sent.at(-1)?.host} ${w.sent.at(-1)?.to} ${w.sent.at(-1)?.cause}`;

test('an agent is welcomed with its periods, and reports are answered by number', async ({ w }) => {
  const a = agent(w);
  assert.is(a.frames[0].type, 'welcome');
  assert.is(a.frames[0].report_interval_ms, 1_000);
  await a.say({ type: 'report', seq: 7, reports: [{ host: 'c1' }, { host: '?' }] });
  assert.equal([a.frames[1].type, a.frames[1].seq, a.frames[1].accepted], ['reported', 7, 1]);
  assert.is(a.frames[1].rejected[0].index, 1);
});

test('a broken connection is a silence after the reconnect window, before the timeout', async ({ w }) => {
  const a = agent(w);
  await a.report('c1', 'c2');
  a.closed(1006);
  await w.pass(1_975);
  assert.is(w.sent.length, 2);
  await w.pass(50);
  assert.equal(
    w.sent.slice(2).map(({ host, to, cause }) => [host, to, cause]),
    [
      ['c1', 'UNKNOWN', 'connection_lost'],
      ['c2', 'UNKNOWN', 'connection_lost'],
    ],
  );
});

test('who comes back within the window, by socket or by HTTP, was never away', async ({ w }) => {
  const a = agent(w);
  await a.report('c1', 'c2');
  a.closed(1006);
  const b = agent(w);
  await b.report('c1');
  await w.report('c2');
  await w.pass(4_000);
  assert.is(w.sent.length, 2);
});

test('one of two connections that speak for a service may break', async ({ w }) => {
  const a = agent(w);
  const b = agent(w);
  await a.report('c1');
  await b.report('c1');
  a.closed(1006);
  await w.pass(4_000);
  assert.is(w.sent.length, 1);
  b.closed(1006);
  await w.pass(2_025);
  assert.is(last(w), 'c1 UNKNOWN connection_lost');
});

test('an open connection that reports nothing keeps nobody alive', async ({ w }) => {
  const a = agent(w);
  await a.report('c1');
  for (let n = 0; n < 7; n++) {
    await w.pass(1_000);
    a.pong();
  }
  assert.is(last(w), 'c1 UNKNOWN timeout');
});

test('a goodbye for a shutdown is one silence at once, also when the close follows', async ({ w }) => {
  const a = agent(w);
  await a.report('c1');
  await a.say({ type: 'goodbye', reason: 'shutdown' });
  await w.pass(25);
  assert.is(last(w), 'c1 UNKNOWN goodbye');
  a.closed(1000);
  await w.pass(10_000);
  assert.is(w.sent.length, 2);
});

test('of two agents for one host one may leave by any way, and the host stays UP', async ({ w }) => {
  for (const reason of ['shutdown', 'restart']) {
    const [one, other] = [agent(w), agent(w)];
    await one.report('c1', 'c2');
    await other.report('c1');
    const before = w.sent.length;
    await one.say({ type: 'goodbye', reason, ttl_ms: 0 });
    one.closed(1000);
    await w.pass(CONFIG.reconnectWindow + 1_000);
    assert.equal(
      w.sent.slice(before).map(({ host, to }) => [host, to]),
      [['c2', 'UNKNOWN']],
      reason,
    );
    await other.say({ type: 'goodbye', reason: 'shutdown' });
    await w.pass(25);
    assert.is(last(w), 'c1 UNKNOWN goodbye', 'the last one takes the host along');
    other.closed(1000);
  }
});

test('a link that broke unnoticed is no other agent: a goodbye counts', async ({ w }) => {
  const [broken, next] = [agent(w), agent(w)];
  await broken.report('c1');
  await next.report('c1');
  const sent = w.sent.length;
  // Nothing comes over the first one any more, and no ping of it was found missing yet.
  for (let n = 0; n < 4; n++) {
    await w.pass(CONFIG.serviceDownTime / 6);
    await next.report('c1');
    next.pong();
  }
  assert.is(w.sent.length, sent);
  await next.say({ type: 'goodbye', reason: 'shutdown' });
  await w.pass(25);
  assert.is(last(w), 'c1 UNKNOWN goodbye');
});

test('an agent that answers pings is one, however seldom it reports', async ({ w }) => {
  const [seldom, other] = [agent(w), agent(w)];
  await seldom.report('c1');
  for (let n = 0; n < 4; n++) {
    await w.pass(CONFIG.serviceDownTime / 6);
    await other.report('c1');
    for (const one of [seldom, other]) one.pong();
  }
  const sent = w.sent.length;
  await other.say({ type: 'goodbye', reason: 'shutdown' });
  await w.pass(CONFIG.reconnectWindow);
  assert.is(w.sent.length, sent);
});

test('an agent that posts its reports counts as another beside one that leaves', async ({ w }) => {
  const a = agent(w);
  await a.report('c1');
  await w.report('c1');
  const before = w.sent.length;
  await a.say({ type: 'goodbye', reason: 'shutdown' });
  a.closed(1000);
  await w.pass(CONFIG.reconnectWindow + 1_000);
  assert.equal(w.sent.slice(before), []);
  await w.pass(CONFIG.serviceDownTime);
  assert.is(last(w), 'c1 UNKNOWN timeout', 'its deadline decides');
});

test('goodbye for a restart gives the agent the time it asked for, and no more', async ({ w }) => {
  const a = agent(w);
  await a.report('c1', 'c2');
  await a.say({ type: 'goodbye', reason: 'restart', ttl_ms: 20_000 });
  a.closed(1001);
  await w.pass(19_950);
  assert.is(w.sent.length, 2);
  const b = agent(w);
  await b.report('c2');
  await w.pass(100);
  assert.is(last(w), 'c1 UNKNOWN goodbye');
  assert.is(w.sent.length, 3);
});

test('an agent that came back from its restart is waited for no longer than any other', async ({ w }) => {
  const a = agent(w);
  await a.report('c1');
  await a.say({ type: 'goodbye', reason: 'restart', ttl_ms: 3_600_000 });
  a.closed(1001);
  await w.pass(20_000);
  await w.report('c1');
  await w.pass(6_000);
  assert.is(w.sent.length, 1);
  await w.pass(100);
  assert.is(last(w), 'c1 UNKNOWN timeout');
});

test('a half-open connection is found by its pings and taken for broken', async ({ w }) => {
  const a = agent(w);
  await a.report('c1');
  for (let n = 0; n < 4; n++) {
    await w.pass(1_000);
    await w.report('c1');
  }
  assert.is(a.pings, 2);
  await w.pass(2_000);
  assert.ok(a.terminated);
  await w.pass(2_025);
  assert.is(last(w), 'c1 UNKNOWN connection_lost');
});

test('an agent that answers its pings is left alone', async ({ w }) => {
  const a = agent(w);
  for (let n = 0; n < 20; n++) {
    await w.pass(1_000);
    a.pong();
  }
  assert.not(a.terminated);
  assert.ok(a.pings >= 9);
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

test('a connection that breaks before its first report commits still counts as lost', async ({ w }) => {
  const a = agent(w);
  a.message(JSON.stringify({ type: 'report', reports: [{ host: 'c1' }] }));
  a.closed(1006);
  await w.pass(2_100);
  assert.is(last(w), 'c1 UNKNOWN connection_lost');
});

test('our own pause is no lost connection’s fault: the window stands still with us', async ({ w }) => {
  const a = agent(w);
  await a.report('c1');
  a.closed(1006);
  await w.pass(1_000);
  w.stopped(60_000);
  await w.pass(1_000);
  await agent(w).report('c1');
  await w.pass(1_000);
  assert.is(w.sent.length, 1);
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

test('a gateway with five thousand hosts that breaks is one mass silence', async ({ w }) => {
  const a = agent(w);
  const hosts = Array.from({ length: 5_000 }, (_, n) => `c${n}`);
  await a.report(...hosts);
  for (let n = 0; n < 10; n++) await settled();
  a.closed(1006);
  await w.pass(2_025);
  assert.is(w.liveness.observer.state(), 'degraded');
  await w.pass(3_000);
  for (let n = 0; n < 20; n++) await settled();
  assert.is(w.sent.filter(({ cause }) => cause === 'mass').length, 5_000);
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

test('what was said before goodbye, or before the end, counts as said before it', async ({ w }) => {
  const others = Array.from({ length: 8 }, (_, n) => `c${n + 3}`);
  await w.report('c1', 'c2', ...others);
  w.sent.length = 0;
  const [a, b] = [agent(w), agent(w)];
  a.message(JSON.stringify({ type: 'report', reports: [{ host: 'c1' }] }));
  a.message(JSON.stringify({ type: 'goodbye', reason: 'shutdown' }));
  b.message(JSON.stringify({ type: 'report', reports: [{ host: 'c2' }] }));
  b.closed(1006);
  for (let n = 0; n < 3; n++) {
    await w.pass(700);
    await w.report(...others);
  }
  assert.equal(
    w.sent.map(({ host, to, cause }) => [host, to, cause]),
    [
      ['c1', 'UNKNOWN', 'goodbye'],
      ['c2', 'UNKNOWN', 'connection_lost'],
    ],
  );
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

test('a connection that is lost twice is counted once', ({ w }) => {
  const connection = w.liveness.connect(OPERATOR, () => undefined);
  assert.is(w.liveness.counts().agents, 1);
  connection.lost('none');
  connection.lost('none');
  assert.is(w.liveness.counts().agents, 0);
});

test('a lost connection that could not be recorded is silence when the disk is back', async ({ w }) => {
  await w.report('c2', 'c3', 'c4', 'c5');
  const a = agent(w);
  await a.report('c1');
  w.failing = true;
  a.closed(1006);
  await w.pass(2_500);
  assert.is(w.liveness.hearing(key('c1'))?.confidence, 'observed');
  w.failing = false;
  await w.pass(500);
  assert.is(last(w), 'c1 UNKNOWN connection_lost');
});

test.run();
