/** Hundreds of thousands of tokens end in steps: nobody waits for more than one. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Directory, TOKENS_AT_ONCE } from '../../../server/identity/embedded/directory.ts';
import { Revocations } from '../../../server/identity/tokens/revocations.ts';
import { LIFETIME_MS, onProject, openWorld } from '../world.ts';

const test = suite('many tokens at once');

/** A directory over accounts that hold this many tokens in project `p`. */
function directory(count: number) {
  const calls: string[] = [];
  let left = count;
  const accounts = {
    async removeTokens(_filter: unknown, most = Number.POSITIVE_INFINITY) {
      const removed = Math.min(left, most);
      left -= removed;
      calls.push(`tokens ${removed}`);
      return removed;
    },
    async removeProject(id: string) {
      calls.push('project');
      return id === 'p';
    },
    async changeProject(id: string) {
      return { id, name: id, description: '', enabled: false };
    },
  };
  const revocations = new Revocations();
  revocations.onEnded(() => calls.push('ended'));
  return { calls, directory: new Directory(accounts as never, {} as never, revocations, () => 'new') };
}

test('the tokens of a removed project end in steps, before the project', async () => {
  const { calls, directory: changed } = directory(TOKENS_AT_ONCE * 2 + 3);
  await changed.removeProject('p');
  const full = `tokens ${TOKENS_AT_ONCE}`;
  assert.equal(calls, [full, full, 'tokens 3', 'project', 'ended']);
});

test('the tokens of a disabled project end in steps', async () => {
  const { calls, directory: changed } = directory(TOKENS_AT_ONCE + 1);
  await changed.updateProject('p', { enabled: false });
  assert.equal(calls, [`tokens ${TOKENS_AT_ONCE}`, 'tokens 1', 'ended']);
});

test('each login removes some expired tokens until none is left', async () => {
  const world = await openWorld({ maxTokens: 10_000 });
  try {
    const { accounts } = world.store;
    const { clock, ids } = world;
    const hashes = Array.from({ length: TOKENS_AT_ONCE + 2 }, (_, n) => `t${n}`);
    for (const [n, hash] of hashes.entries()) {
      await accounts.putToken({
        hash,
        userId: ids.alice,
        scope: null,
        methods: ['password'],
        auditIds: ['a'],
        applicationCredentialId: null,
        issuedAt: clock.now(),
        expiresAt: clock.now() + 1 + n,
      });
    }
    clock.advance(LIFETIME_MS + 1);
    const left = async () => {
      const found = await Promise.all(hashes.map((hash) => accounts.token(hash)));
      return found.filter((token) => token !== undefined).length;
    };
    await world.logIn('alice', 'alicepw', onProject('demo'));
    assert.is(await left(), 2);
    await world.logIn('alice', 'alicepw', onProject('demo'));
    assert.is(await left(), 0);
  } finally {
    await world.close();
  }
});

test.run();
