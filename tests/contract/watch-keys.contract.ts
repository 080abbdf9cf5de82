import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../server/domain/errors.ts';
import type { Accounts } from '../../server/ports/accounts.ts';
import type { WatchKey, WatchKeyStore } from '../../server/ports/watch-key-store.ts';

export interface OpenedWatchKeys {
  readonly accounts: Accounts;
  readonly watchKeys: WatchKeyStore;
  close(): Promise<void>;
}

const MANY = 100;

export function aWatchKey(over: Partial<WatchKey> = {}): WatchKey {
  const id = over.id ?? 'k1';
  return {
    id,
    hash: `hash-of-${id}`,
    projectId: 'p1',
    name: 'pager',
    servers: null,
    roles: ['member', 'reader'],
    createdBy: 'u1',
    createdAt: 1_000,
    expiresAt: null,
    lastUsedAt: null,
    suspendedAt: null,
    mayDrill: false,
    ...over,
  };
}

/** What every adapter of the watch-key port must do. */
export function watchKeysContract(name: string, open: () => Promise<OpenedWatchKeys>): void {
  const test = suite<OpenedWatchKeys>(`watch keys: ${name}`);

  test.before.each(async (context) => {
    Object.assign(context, await open());
  });
  test.after.each((context) => context.close());

  const idsOf = async (keys: WatchKeyStore, project = 'p1') =>
    (await keys.ofProject(project)).map(({ id }) => id);

  test('a key comes back as it was put, by hash and by id', async ({ watchKeys }) => {
    const full = aWatchKey({
      id: 'k2',
      servers: ['a', 'b'],
      expiresAt: 9_000,
      lastUsedAt: 2_000,
      suspendedAt: 3_000,
      mayDrill: true,
    });
    await watchKeys.add(aWatchKey(), MANY);
    await watchKeys.add(full, MANY);
    assert.equal(await watchKeys.byHash('hash-of-k1'), aWatchKey());
    assert.equal(await watchKeys.byHash('hash-of-k2'), full);
    assert.equal(await watchKeys.key('k2'), full);
    assert.is(await watchKeys.byHash('k2'), undefined);
    assert.is(await watchKeys.key('k3'), undefined);
  });

  test('a project lists its own keys alone, the oldest first', async ({ watchKeys }) => {
    await watchKeys.add(aWatchKey({ id: 'c', createdAt: 2_000 }), MANY);
    await watchKeys.add(aWatchKey({ id: 'b' }), MANY);
    await watchKeys.add(aWatchKey({ id: 'a' }), MANY);
    await watchKeys.add(aWatchKey({ id: 'x', projectId: 'p0' }), MANY);
    assert.equal(await idsOf(watchKeys), ['a', 'b', 'c']);
    assert.equal(await watchKeys.projects(), ['p0', 'p1']);
  });

  test('two keys may have one name', async ({ watchKeys }) => {
    await watchKeys.add(aWatchKey(), MANY);
    await watchKeys.add(aWatchKey({ id: 'k2' }), MANY);
    assert.is((await watchKeys.ofProject('p1')).length, 2);
  });

  test('a key above the limit is refused and nothing is changed', async ({ watchKeys }) => {
    await watchKeys.add(aWatchKey(), 2);
    await watchKeys.add(aWatchKey({ id: 'k2' }), 2);
    const refused = await watchKeys.add(aWatchKey({ id: 'k3' }), 2).catch((error: unknown) => error);
    assert.instance(refused, DomainError);
    assert.is((refused as DomainError).code, 'conflict');
    assert.match((refused as DomainError).message, /limit of 2 watch keys/);
    assert.equal(await idsOf(watchKeys), ['k1', 'k2']);
    await watchKeys.add(aWatchKey({ id: 'k3', projectId: 'p2' }), 2);
  });

  test('expired keys give way at the limit, and stay below it', async ({ watchKeys }) => {
    await watchKeys.add(aWatchKey({ id: 'old', expiresAt: 5_000 }), 2);
    await watchKeys.add(aWatchKey({ id: 'new', createdAt: 6_000 }), 2);
    assert.equal(await idsOf(watchKeys), ['old', 'new']);
    await watchKeys.add(aWatchKey({ id: 'newer', createdAt: 7_000 }), 2);
    assert.equal(await idsOf(watchKeys), ['new', 'newer']);
  });

  test('many added at once do not pass the limit', async ({ watchKeys }) => {
    const added = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => watchKeys.add(aWatchKey({ id: `k${n}` }), 3)),
    );
    assert.is(added.filter(({ status }) => status === 'fulfilled').length, 3);
    assert.is((await watchKeys.ofProject('p1')).length, 3);
  });

  test('a key is removed once', async ({ watchKeys }) => {
    await watchKeys.add(aWatchKey(), MANY);
    assert.ok(await watchKeys.remove('k1'));
    assert.not(await watchKeys.remove('k1'));
    assert.is(await watchKeys.byHash('hash-of-k1'), undefined);
  });

  test('the last use moves forward only, and only for existing keys', async ({ watchKeys }) => {
    await watchKeys.add(aWatchKey(), MANY);
    await watchKeys.used([
      { id: 'k1', at: 5_000 },
      { id: 'gone', at: 5_000 },
    ]);
    await watchKeys.used([{ id: 'k1', at: 4_000 }]);
    assert.is((await watchKeys.key('k1'))?.lastUsedAt, 5_000);
    await watchKeys.used([]);
  });

  test('a project is suspended once, and lifted', async ({ watchKeys }) => {
    for (const id of ['k1', 'k2']) await watchKeys.add(aWatchKey({ id }), MANY);
    await watchKeys.add(aWatchKey({ id: 'x', projectId: 'p2' }), MANY);
    assert.is(await watchKeys.suspend('p1', 5_000), 2);
    assert.is(await watchKeys.suspend('p1', 6_000), 0);
    assert.is((await watchKeys.key('k1'))?.suspendedAt, 5_000);
    assert.is((await watchKeys.key('x'))?.suspendedAt, null);
    assert.is(await watchKeys.suspend('p1', null), 2);
    assert.is(await watchKeys.suspend('p1', null), 0);
    assert.is((await watchKeys.key('k1'))?.suspendedAt, null);
  });

  test('the keys of a project go together', async ({ watchKeys }) => {
    for (const id of ['k1', 'k2']) await watchKeys.add(aWatchKey({ id }), MANY);
    await watchKeys.add(aWatchKey({ id: 'x', projectId: 'p2' }), MANY);
    assert.equal((await watchKeys.removeOfProject('p1')).map(({ id }) => id).sort(), ['k1', 'k2']);
    assert.equal(await watchKeys.projects(), ['p2']);
  });

  test('removing a project takes its keys along, and its new id moves them', async ({
    accounts,
    watchKeys,
  }) => {
    const project = { id: 'p1', name: 'demo', description: '', enabled: true };
    await accounts.putProject(project);
    await watchKeys.add(aWatchKey(), MANY);
    await watchKeys.add(aWatchKey({ id: 'x', projectId: 'p2' }), MANY);
    await accounts.changeProjectId('p1', 'p9');
    assert.equal(await idsOf(watchKeys, 'p9'), ['k1']);
    await accounts.removeProject('p9');
    assert.equal(await idsOf(watchKeys, 'p9'), []);
    assert.equal(await idsOf(watchKeys, 'p2'), ['x']);
  });

  test.run();
}
