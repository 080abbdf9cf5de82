/** Tokens that are answered here, because no identity service could have given them. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { anIdentity } from '../../support/identity.ts';
import { openRemoteWorld } from './world.ts';

const test = suite('tokens that are not asked about');

async function askedAbout(tokens: readonly string[]): Promise<{ asked: string[]; let: boolean[] }> {
  const asked: string[] = [];
  const world = await openRemoteWorld(async () => ({
    challenge: 'Keystone uri="http://keystone.example"',
    verify: async (token) => {
      asked.push(token);
      return anIdentity();
    },
  }));
  try {
    const answers: boolean[] = [];
    for (const token of tokens)
      answers.push((await world.authenticator.authenticate({ token })) !== undefined);
    return { asked, let: answers };
  } finally {
    await world.close();
  }
}

test('a token of the longest length is asked about, a longer one is not', async () => {
  const longest = 'x'.repeat(16_384);
  assert.equal(await askedAbout([longest, `${longest}x`]), { asked: [longest], let: [true, false] });
});

test('a token with characters that no header has is not asked about', async () => {
  const tokens = ['', 'a b', 'a\nb', 'a\u00e9', 'a\u0000'];
  assert.equal(await askedAbout([...tokens, 'a~b']), {
    asked: ['a~b'],
    let: [...tokens.map(() => false), true],
  });
});

test('a token that ended is refused from memory', async () => {
  let asked = 0;
  const world = await openRemoteWorld(async (clock) => ({
    challenge: 'Keystone uri="http://keystone.example"',
    verify: async () => {
      asked += 1;
      return anIdentity({ expiresAt: clock.now() + 60_000 });
    },
  }));
  try {
    const isLetIn = async () => (await world.authenticator.authenticate({ token: 't' })) !== undefined;
    assert.ok(await isLetIn());
    world.clock.advance(59_999);
    assert.ok(await isLetIn());
    world.clock.advance(1);
    assert.not.ok(await isLetIn());
    assert.is(asked, 1);
  } finally {
    await world.close();
  }
});

test.run();
