/** Every close after which a client stops comes behind an `error` that says why. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { CLOSE, type CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import { anIdentity } from '../../support/identity.ts';
import type { StreamClient, StreamWorld } from '../../support/stream-world.ts';
import { closesWith, world } from './support.ts';

const test = suite<{ worlds: StreamWorld[] }>('closes that mean stop', { worlds: [] });

test.after.each(async ({ worlds }) => {
  for (const world of worlds.splice(0)) await world.close();
});

const bearer = (token: string) => `bearer.${Buffer.from(token).toString('base64url')}`;
/** Sends this text as a client that is welcome. */
const sends =
  (...texts: (string | Buffer)[]) =>
  async (w: StreamWorld) => {
    const client = await w.client();
    for (const text of texts) client.ws.send(text);
    return client;
  };
/** Connects without a token, and sends this. */
const begins = (frame: object) => async (w: StreamWorld) => {
  const client = await w.peer().open();
  client.ws.send(JSON.stringify(frame));
  return client;
};
const offers =
  (...protocols: string[]) =>
  (w: StreamWorld) =>
    w.peer({ protocols }).open();

const CASES: Readonly<Record<string, { close: CloseCode; way: (w: StreamWorld) => Promise<StreamClient> }>> =
  {
    'no JSON': { close: CLOSE.badFrame, way: sends('{') },
    'a binary frame': { close: CLOSE.badFrame, way: sends(Buffer.from('{}')) },
    'no type': { close: CLOSE.badFrame, way: sends('{}') },
    'a list': { close: CLOSE.badFrame, way: sends('[{"type":"ping"}]') },
    'a field that is wrong': { close: CLOSE.badFrame, way: sends('{"type":"subscribe","id":7}') },
    'an "auth" without a token': { close: CLOSE.badFrame, way: sends('{"type":"auth"}') },
    'a second "hello"': { close: CLOSE.badFrame, way: sends('{"type":"hello"}', '{"type":"hello"}') },
    'a "hello" with a token of nobody': {
      close: CLOSE.badToken,
      way: begins({ type: 'hello', token: 'never-issued' }),
    },
    'a "hello" without a token': { close: CLOSE.badToken, way: begins({ type: 'hello' }) },
    'a request before "hello"': { close: CLOSE.badToken, way: begins({ type: 'subscribe', id: 's' }) },
    'an "auth" before "hello"': { close: CLOSE.badToken, way: begins({ type: 'auth', token: 'owner' }) },
    'a subprotocol with a token of nobody': {
      close: CLOSE.badToken,
      way: offers('hostbeat.v1', bearer('never-issued')),
    },
    'a subprotocol with a ticket of nobody': {
      close: CLOSE.badToken,
      way: offers('hostbeat.v1', 'ticket.x'),
    },
    'a token of another project': {
      close: CLOSE.forbidden,
      way: sends('{"type":"auth","token":"other"}'),
    },
    'a "hello" of one who may follow nothing': {
      close: CLOSE.forbidden,
      async way(w) {
        w.authenticator.tokens.set('agent', anIdentity({ kind: 'agent', hosts: ['c1'] }));
        return begins({ type: 'hello', token: 'agent' })(w);
      },
    },
    'rights that were lost': {
      close: CLOSE.forbidden,
      async way(w) {
        const client = await w.follower();
        w.authenticator.tokens.set('owner', anIdentity({ kind: 'agent' }));
        w.authenticator.tellRevoked({ userId: 'u1' });
        return client;
      },
    },
    'a subprotocol that is not ours': { close: CLOSE.noSubprotocol, way: offers('hostbeat.v2') },
    'no subprotocol': { close: CLOSE.noSubprotocol, way: offers() },
    'an id that is in use': {
      close: CLOSE.duplicateSubscription,
      way: sends('{"type":"subscribe","id":"s"}', '{"type":"subscribe","id":"s"}'),
    },
  };

for (const [what, { close, way }] of Object.entries(CASES)) {
  test(`${what}: an error, and then ${close.code}`, async ({ worlds }) => {
    const client = await way(await world(worlds));
    await closesWith(client, close);
    const last = JSON.parse(client.messages.at(-1) ?? '{}');
    assert.is(last.type, 'error', JSON.stringify(last));
    assert.ok(last.message.length > 0);
  });
}

test('each close that means stop is among them, but for a frame that is too large', () => {
  const tried = new Set(Object.values(CASES).map(({ close }) => close.code));
  const stops = Object.values(CLOSE).filter(({ retry }) => retry === 'stop');
  const missing = stops.filter((close) => !tried.has(close.code)).map(({ code }) => code);
  assert.equal(missing, [CLOSE.tooLarge.code]);
});

test('an event stream that ends for want of rights says so as a problem', async ({ worlds }) => {
  const w = await world(worlds);
  const reader = w.reader();
  await reader.until('synced');
  w.policy.set('none');
  await reader.ended;
  const [first, second, third] = reader.events.slice(-3);
  assert.equal([first?.event, second?.event, third?.event], ['unsubscribed', 'problem', 'close']);
  assert.is(JSON.parse(second?.data ?? '{}').code, 'forbidden');
  assert.is(JSON.parse(third?.data ?? '{}').code, CLOSE.forbidden.code);
});

test.run();
