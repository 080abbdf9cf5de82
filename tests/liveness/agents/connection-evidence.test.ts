/** How a connection ended is found on real sockets: by FIN, by RST, by pings without an answer, or by a goodbye. */
import type { Socket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Edge } from '../../../server/runtime/edge.ts';
import { Peer } from '../../support/clients/peer.ts';
import { FakeAuthenticator } from '../../support/identity.ts';
import { within } from '../../support/within.ts';
import { agentFor, settled, type Watched, watched } from '../support.ts';
import { agentEdge } from './edge.ts';

const test = suite<{ w: Watched; edge: Edge; agent: Peer }>('evidence of a connection');

test.before.each(async (context) => {
  const w = await watched();
  const authenticator = new FakeAuthenticator();
  authenticator.tokens.set('agent', agentFor('c1'));
  const edge = await agentEdge(w, authenticator);
  const headers = { 'x-auth-token': 'agent' };
  const agent = new Peer(`${edge.url}/v1/agent`, { protocols: ['hostbeat-agent.v1'], headers });
  await agent.next();
  agent.ws.send(JSON.stringify({ type: 'report', seq: 1, reports: [{ host: 'c1' }] }));
  await agent.next();
  Object.assign(context, { w, edge, agent });
});
test.after.each(async ({ w, edge, agent }) => {
  agent.ws.terminate();
  await edge.close();
  await w.close();
});

const isGone = (w: Watched) =>
  within(
    'the end of the connection',
    (async () => {
      while (w.liveness.counts().agents > 0) await settled();
    })(),
  );

async function silenceOf(w: Watched): Promise<readonly unknown[]> {
  await w.pass(2_050);
  const last = w.sent.at(-1);
  const state = (await w.test.store.hostsSnapshot()).items[0];
  assert.is(state?.evidence, last?.evidence, 'the state says the same as the change');
  return [last?.to, last?.cause, last?.evidence];
}

test('FIN: the system of the host closed it, as after kill -9 of the agent', async ({ w, agent }) => {
  (agent.wire as Socket).end();
  await isGone(w);
  assert.equal(await silenceOf(w), ['UNKNOWN', 'connection_lost', 'closed']);
});

test('RST: it was reset', async ({ w, agent }) => {
  (agent.wire as Socket).resetAndDestroy();
  await isGone(w);
  assert.equal(await silenceOf(w), ['UNKNOWN', 'connection_lost', 'reset']);
});

test('pings without an answer: it is unanswered', async ({ w, agent }) => {
  agent.stopReading();
  await w.pass(6_100);
  const last = w.sent.at(-1);
  assert.equal([last?.to, last?.evidence], ['UNKNOWN', 'unanswered']);
});

test('a goodbye is one, whatever happens to the connection after it', async ({ w, agent }) => {
  agent.ws.send(JSON.stringify({ type: 'goodbye', reason: 'shutdown' }));
  (agent.wire as Socket).end();
  await isGone(w);
  assert.equal(await silenceOf(w), ['UNKNOWN', 'goodbye', 'goodbye']);
});

for (const [how, evidence] of [
  ['closed', 'closed'],
  ['reset', 'reset'],
] as const)
  test(`${how} just before the deadline: the deadline that passes first says so too`, async ({
    w,
    agent,
  }) => {
    await w.pass(5_000);
    if (how === 'closed') (agent.wire as Socket).end();
    else (agent.wire as Socket).resetAndDestroy();
    await isGone(w);
    await w.pass(1_050);
    const last = w.sent.at(-1);
    assert.equal([last?.to, last?.cause, last?.evidence], ['UNKNOWN', 'timeout', evidence]);
  });

test('a connection that ended before the last report is no evidence of the silence', async ({ w, agent }) => {
  (agent.wire as Socket).end();
  await isGone(w);
  await w.liveness.accept([{ host: 'c1' }], agentFor('c1'));
  await w.pass(6_050);
  const last = w.sent.at(-1);
  assert.equal([last?.to, last?.cause, last?.evidence], ['UNKNOWN', 'timeout', 'none']);
});

test('no connection at all: nothing but time passed', async ({ w, agent }) => {
  await w.liveness.accept([{ host: 'c2' }], agentFor('c2'));
  agent.ws.send(JSON.stringify({ type: 'report', seq: 2, reports: [{ host: 'c1' }] }));
  await agent.next();
  for (let passed = 0; passed < 6_100; passed += 500) {
    await w.liveness.accept([{ host: 'c1' }], agentFor('c1'));
    await w.pass(500);
    await settled();
  }
  const last = w.sent.filter(({ host }) => host === 'c2').at(-1);
  assert.equal([last?.to, last?.cause, last?.evidence], ['UNKNOWN', 'timeout', 'none']);
});

test.run();
