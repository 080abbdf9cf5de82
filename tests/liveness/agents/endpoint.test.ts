import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Edge } from '../../../server/runtime/edge.ts';
import { Peer } from '../../support/clients/peer.ts';
import { anIdentity, FakeAuthenticator } from '../../support/identity.ts';
import { within } from '../../support/within.ts';
import { agentFor, OPERATOR, settled, type Watched, watched } from '../support.ts';
import { agentEdge } from './edge.ts';

const test = suite<{ w: Watched; edge: Edge; authenticator: FakeAuthenticator }>('agent endpoint');

test.before.each(async (context) => {
  const w = await watched();
  const authenticator = new FakeAuthenticator();
  authenticator.tokens.set('operator', OPERATOR);
  authenticator.tokens.set('agent', agentFor('c1'));
  authenticator.tokens.set('owner', anIdentity());
  const edge = await agentEdge(w, authenticator);
  Object.assign(context, { w, edge, authenticator });
});
test.after.each(async ({ w, edge }) => {
  await edge.close();
  await w.close();
});

function connect(edge: Edge, token: string | undefined, protocols = ['hostbeat-agent.v1']): Peer {
  return new Peer(`${edge.url}/v1/agent`, {
    protocols,
    headers: token === undefined ? {} : { 'x-auth-token': token },
  });
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const waiting = (async () => {
    while (!holds()) await settled();
  })();
  await within(what, waiting);
}

test('a refused agent gets the reason in the status of the handshake', async ({ edge, authenticator }) => {
  for (const [token, protocols, status] of [
    [undefined, ['hostbeat-agent.v1'], 401],
    ['wrong', ['hostbeat-agent.v1'], 401],
    ['owner', ['hostbeat-agent.v1'], 403],
    ['agent', ['hostbeat.v1'], 400],
  ] as const) {
    const refused = await within('a refusal', connect(edge, token, [...protocols]).refused);
    assert.is(refused.status, status, `${token}`);
    assert.type(JSON.parse(refused.body).error.message, 'string');
  }
  authenticator.isDown = true;
  const refused = await within('a refusal', connect(edge, 'agent').refused);
  assert.equal([refused.status, refused.headers['retry-after']], [503, '5']);
});

test('an agent’s death on its socket counts after the reconnect window', async ({ edge, w }) => {
  const agent = connect(edge, 'agent');
  const welcome = JSON.parse(await agent.next());
  assert.is(welcome.type, 'welcome');
  agent.ws.send(JSON.stringify({ type: 'report', seq: 1, reports: [{ host: 'c1' }] }));
  const reported = JSON.parse(await agent.next());
  assert.equal([reported.type, reported.seq, reported.accepted], ['reported', 1, 1]);
  assert.is(w.liveness.counts().agents, 1);
  agent.ws.terminate();
  await until('the close', () => w.liveness.counts().agents === 0);
  await w.pass(2_025);
  assert.equal([w.sent.at(-1)?.to, w.sent.at(-1)?.cause], ['UNKNOWN', 'connection_lost']);
});

test('ten thousand reports fit into one frame', async ({ edge, w }) => {
  const agent = connect(edge, 'operator');
  await agent.next();
  const reports = Array.from({ length: 10_000 }, (_, n) => ({
    host: `compute-${n}.example.org`,
    binary: 'nova-compute',
  }));
  agent.ws.send(JSON.stringify({ type: 'report', reports }));
  assert.is(JSON.parse(await agent.next()).accepted, 10_000);
  assert.is(w.liveness.counts().live, 10_000);
  agent.ws.terminate();
});

test.run();
