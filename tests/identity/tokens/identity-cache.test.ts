import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { IdentityCache, MAX_CACHED } from '../../../server/identity/tokens/identity-cache.ts';
import { Revocations } from '../../../server/identity/tokens/revocations.ts';
import { FakeClock } from '../../support/clock.ts';
import { anIdentity } from '../../support/identity.ts';

const test = suite('kept identities');

function world() {
  const clock = new FakeClock();
  const revocations = new Revocations();
  return { clock, revocations, cache: new IdentityCache(clock, revocations) };
}

test('an identity whose rights change while it is read is read again, and not kept', async () => {
  const { cache, revocations } = world();
  const before = anIdentity({ roles: ['admin'] });
  const after = anIdentity({ roles: ['reader'] });
  let reads = 0;
  const read = () =>
    cache.read('t', async () => {
      if (++reads > 1) return after;
      revocations.changed({ userId: 'somebody else' });
      return before;
    });
  assert.is(await read(), after);
  assert.is(cache.get('t'), undefined);
  assert.is(await read(), after);
  assert.is(cache.get('t'), after);
});

test('a token that is worth nothing is not kept', async () => {
  const { cache } = world();
  assert.is(await cache.read('t', async () => undefined), undefined);
  assert.is(cache.size, 0);
});

test('the oldest of too many identities is forgotten', async () => {
  const { cache } = world();
  const identity = anIdentity();
  for (let n = 0; n <= MAX_CACHED; n++) await cache.read(`${n}`, async () => identity);
  assert.equal([cache.size, cache.get('0'), cache.get('1')], [MAX_CACHED, undefined, identity]);
});

test('a change of rights forgets the identities that it concerns, and no others', async () => {
  const { cache, revocations } = world();
  const of = (userId: string, projectId: string) => anIdentity({ userId, projectId });
  for (const [user, project] of [
    ['u1', 'p1'],
    ['u1', 'p2'],
    ['u2', 'p1'],
  ] as const)
    await cache.read(`${user} ${project}`, async () => of(user, project));
  revocations.ended({ userId: 'u1', projectId: 'p1' });
  assert.is(cache.get('u1 p1'), undefined);
  assert.ok(cache.get('u1 p2') && cache.get('u2 p1'));
  revocations.changed({ projectId: 'p1' });
  assert.is(cache.get('u2 p1'), undefined);
  assert.ok(cache.get('u1 p2'));
});

test('a token has ended at its end, and one without an end never does', () => {
  const { cache, clock } = world();
  const end = clock.now() + 1_000;
  const ends = anIdentity({ expiresAt: end });
  clock.advance(999);
  assert.not(cache.isExpired(ends));
  clock.advance(1);
  assert.ok(cache.isExpired(ends));
  assert.not(cache.isExpired(anIdentity({ expiresAt: null })));
});

test('rights that end correct what is kept before any listener asks', () => {
  const revocations = new Revocations();
  const order: string[] = [];
  const stop = revocations.onEnded(() => order.push('ended'));
  revocations.onChanged(() => order.push('changed'));
  revocations.ended({ userId: 'u1' });
  assert.equal(order, ['changed', 'ended']);
  revocations.changed({ userId: 'u1' });
  assert.equal(order.slice(2), ['changed']);
  stop();
  revocations.ended({});
  assert.equal(order.slice(3), ['changed']);
});

test.run();
