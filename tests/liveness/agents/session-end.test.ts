/** What the end of an agent’s connection says of its hosts: a break, a goodbye, a restart, a ping without an answer. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CONFIG, OPERATOR, settled, type Watched, watched } from '../support.ts';
import { agent, key, last } from './agent.ts';

const test = suite<{ w: Watched }>('end of an agent session');

test.before.each(async (context) => {
  context.w = await watched();
});
test.after.each(({ w }) => w.close());

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

test('an agent back within the window, by socket or HTTP, never counts as silent', async ({ w }) => {
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

test('a goodbye counts although an older connection broke without a close', async ({ w }) => {
  const [broken, next] = [agent(w), agent(w)];
  await broken.report('c1');
  await next.report('c1');
  const sent = w.sent.length;
  // Nothing arrives over the first one any more, and its missing pong is not due yet.
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

test('a goodbye counts for nothing while another connection answers pings', async ({ w }) => {
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

test('one of two agents for a host may leave by any way, and the host stays UP', async ({ w }) => {
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

test('reports sent before a goodbye, or before the end, count as before it', async ({ w }) => {
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
  assert.is(w.liveness.knowledgeOf(key('c1'))?.confidence, 'observed');
  w.failing = false;
  await w.pass(500);
  assert.is(last(w), 'c1 UNKNOWN connection_lost');
});

test.run();
