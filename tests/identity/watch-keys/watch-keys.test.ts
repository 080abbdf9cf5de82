/** Watch keys without a server: whose projects are kept elsewhere, last uses, and what slows guesses. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { shortened } from '../../../server/domain/audit.ts';
import type { DomainError } from '../../../server/domain/errors.ts';
import { LoginThrottle } from '../../../server/identity/embedded/login-throttle.ts';
import type { Identity } from '../../../server/identity/identity.ts';
import { MAX_CACHED } from '../../../server/identity/tokens/identity-cache.ts';
import { Revocations } from '../../../server/identity/tokens/revocations.ts';
import { hashToken } from '../../../server/identity/tokens/secrets.ts';
import { LastUse } from '../../../server/identity/watch-keys/last-use.ts';
import { ProjectWatch } from '../../../server/identity/watch-keys/project-watch.ts';
import { WatchKeyAuthenticator } from '../../../server/identity/watch-keys/watch-key-authenticator.ts';
import { WatchKeys } from '../../../server/identity/watch-keys/watch-keys.ts';
import { aWatchKey } from '../../contract/watch-keys.contract.ts';
import { FakeClock } from '../../support/clock.ts';
import { anIdentity, FakeAuthenticator } from '../../support/identity.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { openTestStore } from '../../support/store.ts';

const KEY = `hbw_${'k'.repeat(43)}`;
const DAY = 24 * 3_600_000;
type State = 'enabled' | 'disabled' | 'gone' | undefined;

async function openWorld() {
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  const store = await openTestStore({ clock });
  const keys = store.watchKeys;
  const revocations = new Revocations();
  const log: string[] = [];
  const write = (_: unknown, text?: string) => void log.push(text ?? '');
  const logger = { info: write, warn: write };
  const slept: number[] = [];
  const lastUse = new LastUse({ keys, clock, setTimer: timers.setTimer, logger });
  const others = new FakeAuthenticator();
  others.tokens.set('token', anIdentity());
  const enabled = { projects: true };
  const nodes = { areFollowed: true };
  const authenticator = new WatchKeyAuthenticator({
    others,
    keys,
    isProjectEnabled: async () => enabled.projects,
    revocations,
    lastUse,
    throttle: new LoginThrottle(clock, async (ms) => void slept.push(ms)),
    clock,
    isCurrent: () => nodes.areFollowed,
  });
  const states: { now: State } = { now: undefined };
  const projects = new ProjectWatch({
    keys,
    stateOf: async () => states.now,
    revocations,
    every: 300_000,
    clock,
    setTimer: timers.setTimer,
    logger,
  });
  await keys.add(aWatchKey({ hash: hashToken(KEY), createdAt: clock.now() }), 10);
  return {
    clock,
    timers,
    keys,
    revocations,
    log,
    slept,
    lastUse,
    others,
    authenticator,
    enabled,
    nodes,
    states,
    projects,
    isGood: async () => (await authenticator.authenticate({ token: KEY })) !== undefined,
    close: () => store.close(),
  };
}
type World = Awaited<ReturnType<typeof openWorld>>;

const test = suite<{ world: World }>('watch keys and their projects');
test.before.each(async (context) => {
  context.world = await openWorld();
});
test.after.each(({ world }) => world.close());

test('a key is known while nobody else can be asked', async ({ world }) => {
  world.others.isDown = true;
  const identity = await world.authenticator.authenticate({ token: KEY });
  assert.equal([identity?.kind, identity?.projectId, identity?.userId], ['watch', 'p1', 'k1']);
  assert.is(world.others.asked.length, 0);
});

test('a key is looked up again while other nodes cannot be followed', async ({ world }) => {
  assert.ok(await world.isGood());
  // As another node does it: this one does not hear of it.
  await world.keys.remove('k1');
  assert.ok(await world.isGood(), 'it is remembered');
  world.nodes.areFollowed = false;
  assert.not.ok(await world.isGood());
});

test('other tokens are left to the other authenticator, unslowed', async ({ world }) => {
  for (let n = 0; n < 50; n++) await world.authenticator.authenticate({ token: 'bad', address: '10.0.0.1' });
  assert.is((await world.authenticator.authenticate({ token: 'token' }))?.kind, 'user');
  assert.equal(world.slept, []);
});

test('guesses wait longer and longer by address; good keys never do', async ({ world }) => {
  const guess = (n: number, address = '10.0.0.1') =>
    world.authenticator.authenticate({ token: `hbw_${String(n).padStart(43, 'x')}`, address });
  for (let n = 0; n < 20; n++) assert.is(await guess(n), undefined);
  assert.equal(world.slept, [], 'some cost nothing');
  await guess(20);
  await guess(21);
  assert.equal(world.slept.length, 2);
  assert.ok(await world.authenticator.authenticate({ token: KEY, address: '10.0.0.1' }));
  await guess(22, '10.0.0.2');
  assert.equal(world.slept.length, 2, 'another address does not pay');
});

test("a text of another length than a key's is not looked up", async ({ world }) => {
  let looked = 0;
  const { byHash } = world.keys;
  Object.assign(world.keys, {
    byHash(hash: string) {
      looked++;
      return byHash.call(world.keys, hash);
    },
  });
  for (const token of ['hbw_', `${KEY}x`, KEY.slice(0, -1), `hbw_${'x'.repeat(10_000)}`])
    assert.is(await world.authenticator.authenticate({ token }), undefined);
  assert.is(looked, 0);
});

test('a revoked key is refused at once, although it was remembered', async ({ world }) => {
  assert.ok(await world.isGood());
  await world.keys.remove('k1');
  assert.ok(await world.isGood(), 'nobody said so yet');
  world.revocations.ended({ userId: 'k1' });
  assert.not(await world.isGood());
});

test('a key that is removed while it is being read is not remembered', async ({ world }) => {
  const { byHash } = world.keys;
  let reads = 0;
  Object.assign(world.keys, {
    async byHash(hash: string) {
      const found = await byHash.call(world.keys, hash);
      if (reads++ === 0) {
        await world.keys.remove('k1');
        world.revocations.ended({ userId: 'k1' });
      }
      return found;
    },
  });
  assert.not(await world.isGood());
});

test('a key expires by the clock, although it was remembered', async ({ world }) => {
  const token = `hbw_${'e'.repeat(43)}`;
  const expiresAt = world.clock.now() + 1_000;
  await world.keys.add(aWatchKey({ id: 'k2', hash: hashToken(token), expiresAt }), 10);
  assert.ok(await world.authenticator.authenticate({ token }));
  world.clock.advance(1_000);
  assert.is(await world.authenticator.authenticate({ token }), undefined);
});

test('a key of a project that may not be used is refused', async ({ world }) => {
  world.enabled.projects = false;
  assert.not(await world.isGood());
  world.enabled.projects = true;
  assert.ok(await world.isGood());
});

test('memory of keys is bounded: the one longest known is looked up again', async ({ world }) => {
  let looked = 0;
  const { byHash } = world.keys;
  Object.assign(world.keys, {
    async byHash(hash: string) {
      looked++;
      return (await byHash.call(world.keys, hash)) ?? aWatchKey({ id: hash, hash });
    },
  });
  await world.isGood();
  await world.isGood();
  assert.is(looked, 1);
  for (let n = 0; n < MAX_CACHED; n++)
    await world.authenticator.authenticate({ token: `hbw_${String(n).padStart(43, 'x')}` });
  await world.isGood();
  assert.is(looked, MAX_CACHED + 2);
});

test('keys of a disabled or removed project are suspended, and its connections end', async ({ world }) => {
  for (const state of ['disabled', 'gone'] as const) {
    const ended: unknown[] = [];
    const stop = world.revocations.onEnded((touched) => ended.push(touched));
    assert.ok(await world.isGood());
    world.states.now = state;
    await world.projects.look();
    await world.projects.look();
    assert.not(await world.isGood(), state);
    assert.equal(ended, [{ projectId: 'p1' }], 'once');
    stop();
    world.states.now = 'enabled';
    await world.projects.look();
    assert.ok(await world.isGood(), 'and good again when it is back');
  }
});

test('a Keystone that gives no answer changes nothing', async ({ world }) => {
  await world.projects.look();
  assert.ok(await world.isGood());
  world.states.now = 'gone';
  await world.projects.look();
  world.states.now = undefined;
  world.clock.advance(30 * DAY);
  await world.projects.look();
  assert.not(await world.isGood());
  assert.ok(await world.keys.key('k1'), 'suspended still, and kept');
});

test('keys of a project that stays gone end after a week, of a disabled one never', async ({ world }) => {
  world.states.now = 'disabled';
  await world.projects.look();
  world.clock.advance(8 * DAY);
  await world.projects.look();
  assert.ok(await world.keys.key('k1'));
  world.states.now = 'enabled';
  await world.projects.look();
  world.states.now = 'gone';
  await world.projects.look();
  world.clock.advance(6 * DAY);
  await world.projects.look();
  assert.ok(await world.keys.key('k1'));
  world.clock.advance(DAY);
  await world.projects.look();
  assert.is(await world.keys.key('k1'), undefined);
});

test('last uses are written now and then, and an open connection counts', async ({ world }) => {
  const used = async () => (await world.keys.key('k1'))?.lastUsedAt;
  assert.is(await used(), null);
  await world.isGood();
  const first = world.clock.now();
  assert.is(await used(), null, 'not with each use');
  await world.lastUse.write();
  assert.is(await used(), first);
  const connected: Identity[] = [
    (await world.authenticator.authenticate({ token: KEY })) as Identity,
    anIdentity(),
  ];
  const stop = world.authenticator.onRevoked(
    () => undefined,
    () => connected,
  );
  world.clock.advance(DAY);
  await world.lastUse.write();
  assert.is(await used(), world.clock.now());
  stop();
  world.clock.advance(DAY);
  await world.lastUse.write();
  assert.is(await used(), first + DAY);
});

test('a last use that the database does not take is written the next time', async ({ world }) => {
  const { used } = world.keys;
  Object.assign(world.keys, { used: () => Promise.reject(new Error('full')) });
  await world.isGood();
  const at = world.clock.now();
  await world.lastUse.write();
  assert.match(world.log.join(), /not written/);
  Object.assign(world.keys, { used });
  world.clock.advance(60_000);
  await world.lastUse.close();
  assert.is((await world.keys.key('k1'))?.lastUsedAt, at);
});

test('a project that makes keys without end is 429 above a burst, no other', async () => {
  const { clock, keys, revocations, lastUse, close } = await openWorld();
  const watchKeys = new WatchKeys({
    keys,
    revocations,
    lastUse,
    clock,
    random: (bytes) => new Uint8Array(bytes).map(() => Math.random() * 256),
    maxPerProject: 10,
    mayFollow: () => true,
    mayFollowAll: () => false,
  });
  const member = anIdentity({ roles: ['member'] });
  const wish = { name: 'key', servers: null, expiresAt: null, mayDrill: false };
  const make = async (identity = member) => {
    const { key } = await watchKeys.add(wish, identity);
    await watchKeys.revoke(key.id, identity);
  };
  for (let n = 0; n < 210; n++) await make();
  const refused = await make().catch((error: DomainError) => error);
  assert.is((refused as DomainError).code, 'too_many');
  assert.is((refused as DomainError).retryAfterMs, 10_000);
  await make(anIdentity({ projectId: 'other', roles: ['member'] }));
  clock.advance(10_001);
  await make();
  await close();
});

test('an audit entry names the first servers of a long list and counts the rest', () => {
  const ids = Array.from({ length: 1_000 }, (_, n) => `server-${n}`);
  assert.equal(shortened(ids).slice(-2), ['server-19', 'and 980 more']);
  assert.equal(shortened(ids.slice(0, 21)).at(-1), 'and 1 more');
  assert.equal(shortened(ids.slice(0, 20)), ids.slice(0, 20));
});

test.run();
