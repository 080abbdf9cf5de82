/** What is kept of an external service's answers, for how long, and when it is asked again. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../../server/domain/errors.ts';
import type { Identity } from '../../../server/identity/identity.ts';
import { RemoteAuthenticator } from '../../../server/identity/remote/remote-authenticator.ts';
import { Revocations } from '../../../server/identity/tokens/revocations.ts';
import { FakeClock } from '../../support/clock.ts';
import { anIdentity } from '../../support/identity.ts';
import { ManualTimers } from '../../support/manual-timers.ts';

const test = suite('answers of an external service');

const CACHE = 80_000;

function world(cacheSize = 100) {
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  const revocations = new Revocations();
  const ended: object[] = [];
  const asked: string[] = [];
  const known = new Map<string, Identity>();
  const self = { verify: async (token: string): Promise<Identity | undefined> => known.get(token) };
  revocations.onEnded((touched) => ended.push(touched));
  const authenticator = new RemoteAuthenticator({
    verifier: {
      challenge: 'x',
      verify: (token) => {
        asked.push(token);
        return self.verify(token);
      },
    },
    agents: { authenticate: async () => undefined },
    revocations,
    clock,
    logger: { warn: () => undefined } as never,
    setTimer: timers.setTimer,
    cacheTime: CACHE,
    cacheSize,
  });
  const ask = (token: string) => authenticator.authenticate({ token } as never);
  return { clock, timers, ended, asked, known, self, authenticator, ask };
}

const settled = async () => {
  for (let n = 0; n < 5; n++) await new Promise((turn) => setImmediate(turn));
};

/** Time passes in the steps in which rounds begin: each plans the next when it is over. */
async function pass(timers: ManualTimers, steps: number) {
  for (let n = 0; n < steps; n++) {
    timers.advance(CACHE / 8);
    await settled();
  }
}

test('an answer counts for its time, a refusal for five seconds', async () => {
  const { clock, asked, known, ask } = world();
  known.set('good', anIdentity({ expiresAt: null }));
  await ask('good');
  await ask('bad');
  clock.advance(4_999);
  assert.equal([(await ask('good'))?.userId, await ask('bad'), asked.length], ['u1', undefined, 2]);
  clock.advance(1);
  await ask('bad');
  clock.advance(CACHE - 5_001);
  await ask('good');
  assert.is(asked.length, 3);
  clock.advance(1);
  await ask('good');
  assert.is(asked.length, 4);
});

test('an identity counts no longer than its token, and is not asked about then', async () => {
  const { clock, asked, known, ask } = world();
  known.set('t', anIdentity({ expiresAt: clock.now() + 1_000 }));
  assert.ok(await ask('t'));
  clock.advance(1_000);
  assert.equal([await ask('t'), asked.length], [undefined, 1]);
});

test('requests with one token at a time are one question, and the next is another', async () => {
  const { asked, known, self, ask } = world();
  known.set('t', anIdentity({ expiresAt: null }));
  assert.is((await Promise.all([ask('t'), ask('t'), ask('t')])).filter(Boolean).length, 3);
  assert.is(asked.length, 1);
  self.verify = async () => Promise.reject(new DomainError('unavailable', 'away'));
  for (let n = 0; n < 2; n++) assert.is((await ask('u').catch((error) => error)).message, 'away');
  assert.is(asked.length, 3);
});

test('an answer is as old as its question', async () => {
  const { clock, asked, known, self, ask } = world();
  const identity = anIdentity({ expiresAt: null });
  self.verify = async () => {
    clock.advance(60_000);
    return identity;
  };
  await ask('t');
  clock.advance(CACHE - 60_000);
  known.set('t', identity);
  await ask('t');
  assert.is(asked.length, 2);
});

test('the answers that were used longest ago are forgotten first', async () => {
  const { asked, known, ask, authenticator } = world(2);
  for (const token of ['a', 'b', 'c']) known.set(token, anIdentity({ expiresAt: null }));
  for (const token of ['a', 'b', 'a', 'c', 'a']) await ask(token);
  assert.equal([asked, authenticator.cached], [['a', 'b', 'c'], 2]);
  await ask('b');
  assert.is(asked.length, 4);
});

test('long tokens are kept within the same memory, and give it back', async () => {
  const { known, ask, authenticator } = world(100_000);
  const long = (n: number) => `${n}`.padEnd(16_384, 'x');
  for (let n = 0; n < 2_500; n++) {
    known.set(long(n), anIdentity({ expiresAt: null }));
    await ask(long(n));
  }
  const most = Math.floor((32 * 1024 * 1024) / (16_384 + 1_024));
  assert.is(authenticator.cached, most);
});

test('what cannot stand in a header is no token, and nobody is asked', async () => {
  const { asked, ask } = world();
  for (const token of ['with blank', 'ünicode', 'line\nbreak', 'x'.repeat(16_385)])
    assert.is(await ask(token), undefined);
  assert.equal(asked, []);
});

test('an identity that a connection relies on is asked about at half its time', async () => {
  const { timers, asked, known, ended, ask, authenticator } = world();
  known.set('t', anIdentity({ userId: 'u7', projectId: 'p7', expiresAt: null }));
  const identity = (await ask('t')) as Identity;
  authenticator.onRevoked(
    () => undefined,
    () => [identity],
  );
  await pass(timers, 3);
  assert.is(asked.length, 1);
  await pass(timers, 1);
  assert.equal([asked.length, ended], [2, []], 'it is worth the same');
  known.delete('t');
  await pass(timers, 4);
  assert.equal([asked.length, ended], [3, [{ userId: 'u7', projectId: 'p7' }]]);
});

test('an identity that no connection relies on any more is not asked about', async () => {
  const { timers, asked, known, ask, authenticator } = world();
  known.set('t', anIdentity({ expiresAt: null }));
  const identity = (await ask('t')) as Identity;
  const stop = authenticator.onRevoked(
    () => undefined,
    () => [identity],
  );
  stop();
  await pass(timers, 16);
  assert.is(asked.length, 1);
});

test('a round ends where the service is away, and the next one begins again', async () => {
  const { timers, asked, known, self, ask, authenticator } = world();
  const tokens = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  for (const token of tokens) known.set(token, anIdentity({ userId: token, expiresAt: null }));
  const relied = (await Promise.all(tokens.map(ask))) as Identity[];
  authenticator.onRevoked(
    () => undefined,
    () => relied,
  );
  const { verify } = self;
  self.verify = async () => Promise.reject(new DomainError('unavailable', 'away'));
  asked.length = 0;
  await pass(timers, 4);
  assert.is(asked.length, 4, 'one of each of those that ask at a time');
  self.verify = verify;
  await pass(timers, 1);
  assert.is(asked.length, 12);
  authenticator.close();
  assert.is(timers.waiting, 0);
});

test.run();
