import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { anIdentity } from '../../support/identity.ts';
import type { StreamWorld } from '../../support/stream-world.ts';
import { closesWith, world } from './support.ts';

const test = suite<{ worlds: StreamWorld[] }>('tokens of a session', { worlds: [] });

test.after.each(async ({ worlds }) => {
  for (const world of worlds.splice(0)) await world.close();
});

test('a client is warned before its token ends, and a new token continues the stream', async ({ worlds }) => {
  const w = await world(worlds);
  const now = w.clock.now();
  w.authenticator.tokens.set('short', anIdentity({ expiresAt: now + 100_000 }));
  w.authenticator.tokens.set('longer', anIdentity({ expiresAt: now + 200_000 }));
  const client = await w.client('short');
  w.timers.advance(40_000);
  assert.equal(await client.until('auth_expiring'), { type: 'auth_expiring', in_ms: 60_000 });
  client.say({ type: 'auth', token: 'longer' });
  assert.equal(await client.until('auth_ok'), {
    type: 'auth_ok',
    expires_at: new Date(now + 200_000).toISOString(),
  });
  w.timers.advance(90_000);
  for (let n = 0; n < 10; n++) await client.said();
  w.timers.advance(70_000);
  await closesWith(client, CLOSE.tokenExpired);
});

test('short tokens are asked for at a pace, and a repeated one is not warned of', async ({ worlds }) => {
  const w = await world(worlds);
  const began = w.clock.now();
  const short = (name: string, lifetime: number) =>
    w.authenticator.tokens.set(name, anIdentity({ expiresAt: w.clock.now() + lifetime }));
  short('65 s', 65_000);
  const client = await w.client('65 s');
  const said = async () => (await client.said()).filter(({ type }) => type !== 'health');
  const renewed = async (name: string, after: number, in_ms: number) => {
    w.timers.advance(after - 1);
    assert.equal(await said(), []);
    w.timers.advance(1);
    assert.equal(await said(), [{ type: 'auth_expiring', in_ms }]);
    if (!w.authenticator.tokens.has(name)) short(name, Number.parseInt(name, 10) * 1_000);
    client.say({ type: 'auth', token: name });
    assert.equal(
      (await said()).map(({ type }) => type),
      ['auth_ok'],
    );
  };
  await renewed('30 s', 10_000, 55_000);
  await renewed('4 s', 10_000, 20_000);
  await renewed('4 s', 2_000, 2_000);
  w.timers.advance(2_000);
  await closesWith(client, CLOSE.tokenExpired);
  assert.is(w.clock.now() - began, 24_000);
});

test('a token that lives for years needs no timer that overflows', async ({ worlds }) => {
  const w = await world(worlds);
  w.authenticator.tokens.set('old', anIdentity({ expiresAt: w.clock.now() + 10 * 365 * 86_400_000 }));
  const client = await w.client('old');
  w.timers.advance(1_000);
  assert.equal(await client.said(), []);
});

test('a new token of another user or project closes with 4403', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.client();
  client.say({ type: 'auth', token: 'other' });
  assert.is((await client.expect('error')).code, 'forbidden');
  await closesWith(client, CLOSE.forbidden);
});

for (const [what, identity] of [
  ['the same user for another project', anIdentity({ projectId: 'p2' })],
  ['another user of the same project', anIdentity({ userId: 'u2' })],
  ['an agent', anIdentity({ kind: 'agent', hosts: ['c1'] })],
] as const) {
  test(`a new token of ${what} is refused, and the stream ends with it`, async ({ worlds }) => {
    const w = await world(worlds);
    w.authenticator.tokens.set('new', identity);
    const client = await w.client();
    client.say({ type: 'auth', token: 'new' });
    assert.is((await client.expect('error')).code, 'forbidden');
    await closesWith(client, CLOSE.forbidden);
  });
}

test('an unknown new token ends no stream: the old one counts until it ends', async ({ worlds }) => {
  const w = await world(worlds);
  w.authenticator.tokens.set('owner', anIdentity({ expiresAt: w.clock.now() + 120_000 }));
  const client = await w.client();
  client.say({ type: 'auth', token: 'never-issued' });
  assert.is((await client.expect('error')).code, 'auth_failed');
  assert.equal(await client.said(), []);
  w.timers.advance(121_000);
  await closesWith(client, CLOSE.tokenExpired);
});

test('a revoked token closes with 4103, to fetch another; others of the same user stay', async ({
  worlds,
}) => {
  const w = await world(worlds);
  w.authenticator.tokens.set('second', anIdentity());
  const gone = await w.client('owner');
  const stays = await w.client('second');
  const stranger = await w.client('other');
  w.authenticator.asked.length = 0;
  w.authenticator.revoke('owner');
  await closesWith(gone, CLOSE.tokenExpired);
  await stays.said();
  await stranger.said();
  assert.equal(
    w.authenticator.asked.map(({ token }) => token),
    ['owner', 'second'],
  );
});

test('a connection by ticket ends when its user’s tokens are revoked', async ({ worlds }) => {
  const w = await world(worlds);
  w.tickets.set('t1', anIdentity());
  const client = await w.peer({ protocols: ['hostbeat.v1', 'ticket.t1'] }).open();
  await client.expect('welcome');
  w.authenticator.tellRevoked({ userId: 'u2' });
  await client.said();
  w.authenticator.tellRevoked({ userId: 'u1' });
  await closesWith(client, CLOSE.tokenExpired);
});

test('roles that were taken away end what they had opened', async ({ worlds }) => {
  const w = await world(worlds);
  w.authenticator.tokens.set('both', anIdentity({ userId: 'b', projectId: 'p1', roles: ['admin'] }));
  const client = await w.client('both');
  client.subscribe({ id: 'own' }).subscribe({ id: 'hosts', stream: 'hosts' });
  await client.until('synced');
  await client.until('synced');
  w.authenticator.tokens.set('both', anIdentity({ userId: 'b', projectId: 'p1', roles: ['member'] }));
  w.authenticator.tellRevoked({ userId: 'b' });
  assert.equal(await client.expect('unsubscribed'), {
    type: 'unsubscribed',
    id: 'hosts',
    reason: 'revoked',
  });
  assert.is(w.hub.stats().subscriptions, 1);
});

test('a policy that hides ends subscriptions; one that narrows restarts them', async ({ worlds }) => {
  const w = await world(worlds);
  await w.service({ forcedDown: true });
  await w.server();
  const client = await w.follower();
  w.policy.set('unknown-only');
  const snapshot = await client.expect('snapshot');
  assert.is(snapshot.items[0]?.host_status, undefined);
  const synced = await client.expect('synced');
  assert.equal([synced.how, synced.reason, synced.sparse], ['reset', 'access', undefined]);
  await w.change('c1', { forcedDown: false });
  assert.equal(await client.said(), []);
  w.policy.set('none');
  assert.equal(await client.expect('unsubscribed'), { type: 'unsubscribed', id: 's', reason: 'revoked' });
  client.subscribe();
  assert.is((await client.expect('unsubscribed')).reason, 'forbidden');
});

test.run();
