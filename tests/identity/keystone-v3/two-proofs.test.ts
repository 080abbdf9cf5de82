import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { onProject, openWorld, type World } from '../world.ts';

const test = suite<{ world: World }>('keystone: several proofs in one login');
test.before.each(async (context) => {
  context.world = await openWorld();
});
test.after.each(({ world }) => world.close());

function both(world: World, password: string, token: string) {
  const user = { name: 'alice', domain: { id: 'default' }, password };
  const identity = { methods: ['password', 'token'], password: { user }, token: { id: token } };
  return world.ask('POST', '/auth/tokens', undefined, { auth: { identity, scope: onProject('demo') } });
}

test('proofs of one user are one login with both methods', async ({ world }) => {
  const { token } = await world.logIn('alice', 'alicepw');
  const answer = await both(world, 'alicepw', token);
  assert.is(answer.status, 201);
  assert.equal([...answer.body.token.methods].sort(), ['password', 'token']);
});

test('proofs of two users are none, and neither is one that is wrong', async ({ world }) => {
  const admin = (await world.logIn('admin', 'adminpw')).token;
  const alice = (await world.logIn('alice', 'alicepw')).token;
  assert.is((await both(world, 'alicepw', admin)).status, 401);
  assert.is((await both(world, 'wrong', alice)).status, 401);
});

test.run();
