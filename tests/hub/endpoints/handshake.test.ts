import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { anAdmin, anIdentity } from '../../support/identity.ts';
import { StreamWorld } from '../../support/stream-world.ts';
import { within } from '../../support/within.ts';

const test = suite<{ w: StreamWorld }>('endpoint', {} as never);

test.before.each(async (context) => {
  context.w = await StreamWorld.open({ maxConnectionsPerProject: 1 });
});
test.after.each(async ({ w }) => {
  await w.close();
});

const base64url = (text: string) => Buffer.from(text).toString('base64url');

async function refusal(w: StreamWorld, options: Parameters<StreamWorld['peer']>[0]) {
  const { status, body, headers } = await within('the refusal', w.peer(options).refused);
  return { status, headers, error: JSON.parse(body).error as { code: string; message: string } };
}

test('an invalid token in a header is 401 before the handshake, and is not repeated', async ({ w }) => {
  const { status, error } = await refusal(w, { token: 'never-issued' });
  assert.equal([status, error.code], [401, 'unauthorized']);
  assert.not(error.message.includes('never-issued'));
});

test('a token that can follow nothing is 403', async ({ w }) => {
  w.authenticator.tokens.set('unscoped', anIdentity({ projectId: null }));
  w.authenticator.tokens.set('agent', anIdentity({ kind: 'agent', hosts: ['*'] }));
  assert.is((await refusal(w, { token: 'unscoped' })).status, 403);
  assert.is((await refusal(w, { token: 'agent' })).status, 403);
});

test('an admin of no project is let in', async ({ w }) => {
  w.authenticator.tokens.set('root', anAdmin({ projectId: null }));
  const client = await w.client('root');
  client.subscribe();
  assert.is((await client.expect('unsubscribed')).reason, 'forbidden');
  client.subscribe({ project_id: 'p1' });
  await client.until('synced');
});

test('above a project’s limit it is 429 with Retry-After', async ({ w }) => {
  await w.client();
  const { status, headers, error } = await refusal(w, { token: 'owner' });
  assert.equal([status, headers['retry-after'], error.code], [429, '5', 'limit']);
});

test('while identity is silent the answer is 503 with Retry-After, or close 1013', async ({ w }) => {
  w.authenticator.isDown = true;
  const { status, headers } = await refusal(w, { token: 'owner' });
  assert.equal([status, headers['retry-after']], [503, '5']);
  const browser = await w.peer({ protocols: ['hostbeat.v1', `bearer.${base64url('owner')}`] }).open();
  assert.is((await within('the close', browser.closed)).code, CLOSE.overloaded.code);
  assert.is((await browser.expect('drain')).reconnect_in_ms[1], 30_000);
});

test('unauthenticated connections are limited; authenticating frees the slot', async () => {
  const w = await StreamWorld.open(
    {},
    { handshakeLimits: { maxWaiting: 3, maxWaitingPerAddress: 2, handshakeRate: 2 } },
  );
  try {
    const first = await w.peer().open();
    await w.peer().open();
    const { status, headers, error } = await refusal(w, {});
    assert.equal([status, headers['retry-after'], error.code], [429, '2', 'limit']);
    // A token in the header needs no place.
    await w.client('other');
    first.say({ type: 'hello', token: 'owner' });
    await first.expect('welcome');
    const third = await w.peer().open();
    w.timers.advance(5_000);
    assert.is((await within('the close', third.closed)).code, CLOSE.helloTimeout.code);
  } finally {
    await w.close();
  }
});

test('handshakes above the rate get 503 before anything else is checked', async () => {
  const w = await StreamWorld.open({}, { handshakeLimits: { handshakeRate: 1 } });
  try {
    for (let n = 0; n < 10; n++) await w.client();
    assert.is((await refusal(w, { token: 'owner' })).status, 503);
    assert.is(w.authenticator.asked.length, 10);
    w.clock.advance(1_000);
    await w.client();
  } finally {
    await w.close();
  }
});

test('a request that asks for no upgrade is 426', async ({ w }) => {
  const decision = await w.hub.stream(new Request('http://localhost/v1/stream'), undefined);
  assert.ok('refuse' in decision);
  assert.is(decision.refuse.status, 426);
  assert.is(decision.refuse.headers?.Upgrade, 'websocket');
});

test('a browser’s token in a subprotocol is taken, and never answered', async ({ w }) => {
  const client = await w.peer({ protocols: [`bearer.${base64url('owner')}`, 'hostbeat.v1'] }).open();
  assert.is(client.ws.protocol, 'hostbeat.v1');
  assert.is((await client.expect('welcome')).project_id, 'p1');
});

test('a token in a subprotocol that is not valid closes with 4401', async ({ w }) => {
  const client = await w.peer({ protocols: ['hostbeat.v1', `bearer.${base64url('no')}`] }).open();
  assert.is((await within('the close', client.closed)).code, CLOSE.badToken.code);
});

test('a ticket opens one connection and no second', async ({ w }) => {
  w.tickets.set('once', anIdentity());
  const protocols = ['hostbeat.v1', 'ticket.once'];
  const client = await w.peer({ protocols }).open();
  assert.is((await client.expect('welcome')).project_id, 'p1');
  const second = await w.peer({ protocols }).open();
  assert.is((await within('the close', second.closed)).code, CLOSE.badToken.code);
});

test('a client with a ticket that may be void is asked to fetch a token', async ({ w }) => {
  w.tickets.set('once', anIdentity());
  const client = await w.peer({ protocols: ['hostbeat.v1', 'ticket.once'] }).open();
  await client.expect('welcome');
  w.authenticator.tellRevoked({ projectId: 'p1' });
  assert.is((await within('the close', client.closed)).code, CLOSE.tokenExpired.code);
});

test('the header wins over the subprotocol', async ({ w }) => {
  const client = await w
    .peer({ token: 'other', protocols: ['hostbeat.v1', `bearer.${base64url('owner')}`] })
    .open();
  assert.is((await client.expect('welcome')).project_id, 'p2');
});

for (const protocols of [[], ['hostbeat.v2', 'chat']]) {
  test(`without a common subprotocol (${protocols}) it is 4406`, async ({ w }) => {
    const client = await w.peer({ protocols, token: 'owner' }).open();
    assert.is((await within('the close', client.closed)).code, CLOSE.noSubprotocol.code);
    const said = client.messages.map((text) => JSON.parse(text));
    assert.equal(
      said.map(({ type, code }) => [type, code]),
      [['error', 'no_subprotocol']],
    );
  });
}

test('a secret is not answered, also where nothing else was offered', async ({ w }) => {
  const decision = await w.hub.stream(
    new Request('http://localhost/v1/stream', {
      headers: { Upgrade: 'websocket', 'Sec-WebSocket-Protocol': `bearer.${base64url('owner')}, ticket.x` },
    }),
    undefined,
  );
  assert.ok('open' in decision);
  assert.is(decision.subprotocol, undefined);
});

test('a token in the query string is not looked at', async ({ w }) => {
  const client = await w.peer({ path: '/v1/stream?token=owner' }).open();
  client.subscribe();
  assert.is((await client.expect('error')).code, 'unauthenticated');
  assert.equal(w.authenticator.asked, []);
});

test('the client’s address goes with each credential, so that guesses can be slowed', async ({ w }) => {
  await refusal(w, { token: 'guess-1' });
  const client = await w.peer().open();
  client.say({ type: 'hello', token: 'guess-2' });
  await client.closed;
  assert.equal(
    w.authenticator.asked.map(({ address }) => address),
    ['127.0.0.1', '127.0.0.1'],
  );
});

test.run();
