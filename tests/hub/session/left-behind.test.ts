/** What a connection leaves behind when it ends: no timer, no place, no stream; and with which words it ends. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { CloseCode } from '../../../client-sdk/protocol/close-codes.ts';
import { DomainError } from '../../../server/domain/errors.ts';
import { Connections, type HubConnection } from '../../../server/hub/connection/connections.ts';
import { leave } from '../../../server/hub/connection/drain.ts';
import { sendFailure } from '../../../server/hub/session/failures.ts';
import { FakeClock } from '../../support/clock.ts';
import { anIdentity } from '../../support/identity.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { StreamWorld } from '../../support/stream-world.ts';
import { until } from '../../support/within.ts';
import { world } from './support.ts';

const test = suite<{ worlds: StreamWorld[] }>('what a connection leaves behind', { worlds: [] });

test.after.each(async ({ worlds }) => {
  for (const world of worlds.splice(0)) await world.close();
});

const isEmpty = (w: StreamWorld) => until('the end of the connection', () => w.hub.stats().connections === 0);

test('a connection that never says hello leaves no timer, and a hello ends its wait', async ({ worlds }) => {
  const w = await world(worlds);
  const before = w.timers.waiting;
  const silent = await w.peer().open();
  assert.is(w.timers.waiting, before + 1);
  silent.ws.close();
  await isEmpty(w);
  assert.is(w.timers.waiting, before);
  const client = await w.peer().open();
  client.say({ type: 'hello', token: 'owner' });
  await client.expect('welcome');
  assert.is(w.timers.waiting, before);
});

test('a connection leaves no timer of its token, nor of subscriptions that wait', async ({ worlds }) => {
  const w = await world(worlds);
  w.authenticator.tokens.set('short', anIdentity({ expiresAt: w.clock.now() + 3_600_000 }));
  const before = w.timers.waiting;
  const client = await w.client('short');
  assert.is(w.timers.waiting, before + 1);
  for (let n = 0; n < 40; n++) {
    client.subscribe({ id: `${n}` });
    await client.said();
    client.say({ type: 'unsubscribe', id: `${n}` });
  }
  await client.said();
  assert.is(w.timers.waiting, before + 2, 'its token, and a subscription that comes too soon');
  client.ws.close();
  await isEmpty(w);
  assert.is(w.timers.waiting, before);
});

test('a subscription that waited for a token is not opened after the end', async ({ worlds }) => {
  const w = await world(worlds);
  const client = await w.client();
  const ask = w.authenticator.authenticate.bind(w.authenticator);
  const { promise, resolve } = Promise.withResolvers<void>();
  let asked = 0;
  w.authenticator.authenticate = async (credential) => {
    asked += 1;
    await promise;
    return ask(credential);
  };
  client.say({ type: 'auth', token: 'owner' }).subscribe();
  await until('the token to be asked about', () => asked === 1);
  client.ws.close();
  await isEmpty(w);
  resolve();
  for (let n = 0; n < 5; n++) await new Promise((turn) => setImmediate(turn));
  assert.is(w.hub.stats().streams, 0);
});

test('a connection that ends is beaten no more, and its place is free', async ({ worlds }) => {
  const w = await world(worlds, { maxConnectionsPerProject: 1 });
  const client = await w.follower();
  client.ws.close();
  await isEmpty(w);
  assert.is(w.hub.stats().streams, 0);
  w.timers.advance(60_000);
  await w.client();
});

test('an end of ours is counted by our code, whatever the client answers', async ({ worlds }) => {
  const codes: number[] = [];
  const w = await StreamWorld.open({}, { events: { closed: (code) => codes.push(code) } });
  worlds.push(w);
  const refused = await w.peer().open();
  refused.say({ type: 'hello', token: 'nobody' });
  await refused.until('error');
  refused.ws.close(4000);
  await isEmpty(w);
  const leaving = await w.client();
  leaving.ws.close(4001);
  await until('the second end', () => codes.length === 2);
  assert.equal(codes, [4401, 4001]);
});

test('the end of the last connection ends the wait for all of them', async () => {
  const timers = new ManualTimers(new FakeClock());
  const connections = new Connections(9);
  const one = { close: () => undefined, terminate: () => undefined } as unknown as HubConnection;
  connections.add(one);
  const leaving = leave(connections, timers.setTimer);
  assert.is(timers.waiting, 1);
  connections.remove(one, undefined);
  await leaving;
  assert.is(timers.waiting, 0);
});

/** What a connection sends of an error. */
function sentOf(error: unknown) {
  const frames: string[] = [];
  const unexpected: unknown[] = [];
  let closed: CloseCode | undefined;
  const outbox = {
    send: ({ type, code }: { type: string; code?: string }) => frames.push(code ?? type),
    refuse: (code: string, _message: string, close: CloseCode) => {
      frames.push(code);
      closed = close;
    },
    close: (close: CloseCode) => {
      closed = close;
    },
  };
  sendFailure(outbox as never, error, (one) => unexpected.push(one));
  return [frames, closed?.code, unexpected.length];
}

test('a failure is sent with what the client can do, and ours is logged alone', () => {
  assert.equal(sentOf(new DomainError('unavailable', 'away')), [['unavailable', 'drain'], 1013, 0]);
  assert.equal(sentOf(new DomainError('too_many', 'slowly')), [['limit'], 4429, 0]);
  assert.equal(sentOf(new DomainError('conflict', 'no')), [['internal'], 4100, 1]);
  assert.equal(sentOf(new Error('a bug')), [['internal'], 4100, 1]);
});

test.run();
