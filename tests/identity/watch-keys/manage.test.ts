/** Who may make, see and revoke watch keys, and what a key takes over from its maker. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../../server/domain/errors.ts';
import { type Identity, isAdmin } from '../../../server/identity/identity.ts';
import { Revocations } from '../../../server/identity/tokens/revocations.ts';
import { systemRandom } from '../../../server/identity/tokens/secrets.ts';
import { type NewWatchKey, WatchKeys } from '../../../server/identity/watch-keys/watch-keys.ts';
import { FakeClock } from '../../support/clock.ts';
import { anAdmin, anIdentity } from '../../support/identity.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';

interface World {
  readonly store: TestStore;
  readonly watchKeys: WatchKeys;
  readonly ended: unknown[];
}

const test = suite<{ world: World }>('managing watch keys');

const MOST = 3;

test.before.each(async (context) => {
  const clock = new FakeClock();
  const store = await openTestStore({ clock });
  const revocations = new Revocations();
  const ended: unknown[] = [];
  revocations.onEnded((touched) => ended.push(touched));
  const watchKeys = new WatchKeys({
    keys: store.watchKeys,
    revocations,
    lastUse: { write: async () => undefined },
    clock,
    random: systemRandom,
    maxPerProject: MOST,
    mayFollow: ({ roles }) => roles.includes('member') || roles.includes('admin'),
    mayFollowAll: isAdmin,
  });
  context.world = { store, watchKeys, ended };
});
test.after.each(({ world }) => world.store.close());

const alice = anIdentity({ userId: 'alice' });
const mallory = anIdentity({ userId: 'mallory', projectId: 'p2' });

function wish(over: Partial<NewWatchKey> = {}): NewWatchKey {
  return { name: 'pager', servers: null, expiresAt: null, mayDrill: false, ...over };
}

async function codeOf(asked: Promise<unknown>): Promise<string | undefined> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof DomainError ? error.code : undefined;
}

test('a key has the roles of its maker without those that reach further', async ({ world }) => {
  const roles = ['member', 'Admin', 'service', 'fencer', 'reader'];
  const { key } = await world.watchKeys.add(wish(), anIdentity({ roles }));
  assert.equal(key.roles, ['member', 'reader']);
  const alone = anAdmin({ roles: ['admin'] });
  assert.is(await codeOf(world.watchKeys.add(wish(), alone)), 'forbidden', 'what is left would see nothing');
});

test('another project’s key is not found, seen or revoked; an administrator may', async ({ world }) => {
  const { watchKeys, ended } = world;
  const { key } = await watchKeys.add(wish(), alice);
  assert.is(await codeOf(watchKeys.revoke(key.id, mallory)), 'not_found');
  assert.is(await codeOf(watchKeys.revoke('nothing', mallory)), 'not_found');
  assert.is(await codeOf(watchKeys.list(mallory, 'p1')), 'forbidden');
  assert.equal(await watchKeys.list(mallory), []);
  assert.equal(ended, []);
  assert.is((await watchKeys.revoke(key.id, anAdmin())).id, key.id);
});

test('a revoked key is announced, so that its connections end', async ({ world }) => {
  const { watchKeys, ended } = world;
  const { key } = await watchKeys.add(wish(), alice);
  await watchKeys.revoke(key.id, alice);
  assert.equal(ended, [{ userId: key.id }]);
  assert.is(await codeOf(watchKeys.revoke(key.id, alice)), 'not_found');
});

test('readers, restricted credentials, agents and other keys make none', async ({ world }) => {
  const { watchKeys } = world;
  const refused: readonly Partial<Identity>[] = [
    { roles: ['reader'] },
    { isRestricted: true },
    { kind: 'agent' },
    { kind: 'watch' },
    { projectId: null },
  ];
  for (const fields of refused) {
    const identity = anIdentity(fields);
    assert.is(await codeOf(watchKeys.add(wish(), identity)), 'forbidden', JSON.stringify(fields));
    assert.throws(() => watchKeys.demand(identity));
  }
  assert.equal(await watchKeys.list(alice), []);
});

test('keys of a project are limited in number, and one in the past is refused', async ({ world }) => {
  const { watchKeys } = world;
  const made = await Promise.all(
    Array.from({ length: MOST + 2 }, (_, n) =>
      codeOf(watchKeys.add(wish({ name: `key ${n}` }), alice)).then((code) => code ?? 'made'),
    ),
  );
  assert.is(made.filter((outcome) => outcome === 'made').length, MOST);
  assert.is((await watchKeys.list(alice)).length, MOST);
  assert.is(await codeOf(watchKeys.add(wish({ name: 'other' }), mallory)), undefined);
  assert.is(await codeOf(watchKeys.add(wish({ expiresAt: 1 }), mallory)), 'invalid');
});

test.run();
