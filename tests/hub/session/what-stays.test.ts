/** What a client may get wrong without losing its stream: whatever is optional, and whatever the server does not know. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE } from '../../../client-sdk/protocol/close-codes.ts';
import type { ErrorCode } from '../../../client-sdk/protocol/downstream.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import { anIdentity } from '../../support/identity.ts';
import type { StreamClient, StreamWorld } from '../../support/stream-world.ts';
import { closesWith, world } from './support.ts';

const test = suite<{ worlds: StreamWorld[] }>('what a stream outlives', { worlds: [] });

test.after.each(async ({ worlds }) => {
  for (const world of worlds.splice(0)) await world.close();
});

async function following(worlds: StreamWorld[]): Promise<{ w: StreamWorld; client: StreamClient }> {
  const w = await world(worlds);
  await w.service();
  await w.server();
  return { w, client: await w.follower() };
}

/** The error it is answered with; what is committed afterwards still arrives. */
async function outlives({ w, client }: { w: StreamWorld; client: StreamClient }, text: string) {
  client.ws.send(text);
  const { code, message } = await client.expect('error');
  await w.change('c1', { forcedDown: true });
  assert.is((await client.expect('event')).items[0]?.to, 'DOWN', text.slice(0, 80));
  await w.change('c1', { forcedDown: false });
  await client.expect('event');
  return { code, message };
}

const ACKS: readonly [string, object, ErrorCode][] = [
  ['without a cursor', { id: 's' }, 'bad_cursor'],
  ['without an id', { cursor: '2.a.b' }, 'bad_cursor'],
  ['with a number for a cursor', { id: 's', cursor: 7 }, 'bad_cursor'],
  ['with an empty cursor', { id: 's', cursor: '' }, 'bad_cursor'],
  ['with a cursor that is too long', { id: 's', cursor: 'x'.repeat(1_025) }, 'bad_cursor'],
  ['with a NUL in its cursor', { id: 's', cursor: '\0' }, 'bad_cursor'],
  ['with a cursor of nobody', { id: 's', cursor: 'x' }, 'bad_cursor'],
  ['of an id that is not open', { id: 'none', cursor: 'x' }, 'unknown_id'],
];

for (const [what, fields, code] of ACKS) {
  test(`an "ack" ${what} costs no stream`, async ({ worlds }) => {
    const answer = await outlives(await following(worlds), JSON.stringify({ type: 'ack', ...fields }));
    assert.is(answer.code, code);
  });
}

for (const [what, token] of [
  ['unknown', 'never-issued'],
  ['empty', ''],
  ['too long to be one', 't'.repeat(8_193)],
  ['with a NUL', 'a\0b'],
] as const) {
  test(`an "auth" with a token that is ${what} costs no stream`, async ({ worlds }) => {
    const answer = await outlives(await following(worlds), JSON.stringify({ type: 'auth', token }));
    assert.is(answer.code, 'auth_failed');
    assert.not(answer.message.includes(token || '""'));
  });
}

for (const code of ['unavailable', 'too_many'] as const) {
  test(`an "auth" that cannot be checked (${code}) costs no stream`, async ({ worlds }) => {
    const it = await following(worlds);
    it.w.authenticator.authenticate = async () => {
      throw new DomainError(code, 'ask me later');
    };
    const answer = await outlives(it, '{"type":"auth","token":"owner"}');
    assert.is(answer.code, 'auth_failed');
    assert.match(answer.message, /cannot be checked now: ask me later/);
  });
}

test('before authentication neither is a reason to stay', async ({ worlds }) => {
  const w = await world(worlds);
  for (const text of ['{"type":"ack"}', '{"type":"auth","token":""}']) {
    const client = await w.peer().open();
    client.ws.send(text);
    assert.is((await client.expect('error')).code, 'bad_frame');
    await closesWith(client, CLOSE.badFrame);
  }
});

test('"auth", "ping" and "ack" do not wait for a "subscribe" that waits', async ({ worlds }) => {
  const w = await world(worlds);
  w.authenticator.tokens.set('next', anIdentity());
  const client = await w.client();
  for (let n = 0; n < 32; n++) {
    client.subscribe();
    await client.until('synced');
    client.say({ type: 'unsubscribe', id: 's' });
  }
  await client.said();
  client.subscribe({ id: 'late' });
  client.say({ type: 'ack', id: 'late', cursor: 'x' }).say({ type: 'auth', token: 'next' });
  const types = (await client.said()).map(({ type }) => type);
  assert.equal(types, ['error', 'auth_ok'], 'the 33rd waits for its turn');
  w.timers.advance(250);
  assert.is((await client.until('synced')).id, 'late');
});

test.run();
