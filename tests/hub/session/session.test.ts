import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import { anIdentity } from '../../support/identity.ts';
import type { StreamWorld } from '../../support/stream-world.ts';
import { within } from '../../support/within.ts';
import { closesWith, world } from './support.ts';

const test = suite<{ worlds: StreamWorld[] }>('session', { worlds: [] });

test.after.each(async ({ worlds }) => {
  for (const world of worlds.splice(0)) await world.close();
});

test('"welcome" comes as soon as a header has authenticated, also without a "hello"', async ({ worlds }) => {
  const w = await world(worlds);
  const expiresAt = w.clock.now() + 3_600_000;
  w.authenticator.tokens.set('owner', anIdentity({ expiresAt }));
  const client = await w.peer({ token: 'owner' }).open();
  const welcome = await client.expect('welcome');
  assert.ok(welcome.session.length > 0);
  assert.equal(
    { ...welcome, session: '', server: welcome.server.name },
    {
      type: 'welcome',
      session: '',
      server: 'hostbeat',
      project_id: 'p1',
      roles: ['member'],
      expires_at: new Date(expiresAt).toISOString(),
      health_interval_ms: 5_000,
      observer: 'ok',
      limits: {
        frame_bytes: 65_536,
        subscriptions: 16,
        backlog_bytes: 1_048_576,
        connections: 100,
        replay_items: 10_000,
        servers: 1_000,
        id_chars: 64,
        cursor_chars: 1_024,
        token_chars: 8_192,
        nonce_chars: 255,
        waiting_frames: 64,
        subscribe_burst: 32,
        subscribes_per_s: 4,
      },
      features: [],
    },
  );
});

test('a hello with a token authenticates, and frames behind it are answered in order', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.peer().open();
  client
    .say({ type: 'hello', token: 'owner', client: 'test/1' })
    .subscribe()
    .say({ type: 'unsubscribe', id: 'x' });
  assert.is((await client.expect('welcome')).project_id, 'p1');
  const rest = [await client.frame(), await client.frame(), await client.frame()].map(({ type }) => type);
  assert.equal(rest.sort(), ['error', 'snapshot', 'synced']);
});

test('a "hello" after a header is taken once; a second one is a bad frame', async ({ worlds }) => {
  const client = await (await world(worlds)).client();
  client.say({ type: 'hello', client: { name: 'c', version: '1' } });
  assert.equal(await client.said(), []);
  client.say({ type: 'hello' });
  assert.is((await client.expect('error')).code, 'bad_frame');
  await closesWith(client, CLOSE.badFrame);
});

test('a token that is not known is answered with an error and 4401', async ({ worlds }) => {
  const client = await (await world(worlds)).peer().open();
  client.say({ type: 'hello', token: 'never-issued' });
  const error = await client.expect('error');
  assert.is(error.code, 'unauthenticated');
  assert.not(error.message.includes('never-issued'));
  await closesWith(client, CLOSE.badToken);
});

for (const frame of [
  { type: 'hello' },
  { type: 'subscribe', id: 's' },
  { type: 'unsubscribe', id: 's' },
  { type: 'ack', id: 's', cursor: 'c' },
  { type: 'auth', token: 't' },
] as const) {
  test(`"${frame.type}" without a token before authentication closes with 4401`, async ({ worlds }) => {
    const client = await (await world(worlds)).peer().open();
    client.say(frame);
    assert.is((await client.expect('error')).code, 'unauthenticated');
    await closesWith(client, CLOSE.badToken);
  });
}

test('a frame above the limit closes with 1009', async ({ worlds }) => {
  const client = await (await world(worlds, { maxFrame: 2_000 })).client();
  client.ws.send(JSON.stringify({ type: 'ping', nonce: 'x'.repeat(2_000) }));
  assert.is((await within('the close', client.closed)).code, 1009);
});

test('keys of a newer client are ignored', async ({ worlds }) => {
  const client = await (await world(worlds)).client();
  client.ws.send('{"type":"ping","nonce":"n","mood":"good"}');
  assert.equal(await client.frame(), { type: 'pong', nonce: 'n' });
});

test('a frame of unknown type is named and skipped, before and after welcome', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.peer().open();
  for (const greet of [true, false]) {
    client.ws.send('{"type":"shout","loud":true}');
    const error = await client.expect('error');
    assert.is(error.code, 'unknown_type');
    assert.match(error.message, /"shout"/);
    if (greet) client.say({ type: 'hello', token: 'owner' });
    if (greet) await client.expect('welcome');
  }
  client.subscribe();
  await client.until('synced');
});

test.run();
