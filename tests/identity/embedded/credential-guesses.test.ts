/** Guesses at the secret of an application credential wait longer and longer, as guesses at a password do. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { onProject, openWorld, type World } from '../world.ts';

const test = suite<{ world: World; id: string }>('guesses at application credentials');
test.before.each(async (context) => {
  const world = await openWorld();
  const { token } = await world.logIn('alice', 'alicepw', onProject('demo'));
  const path = `/users/${world.ids.alice}/application_credentials`;
  const body = { application_credential: { name: 'bot', secret: 'right' } };
  const made = await world.ask('POST', path, token, body);
  Object.assign(context, { world, id: made.body.application_credential.id });
});
test.after.each(({ world }) => world.close());

async function logIn(world: World, named: object, secret: string): Promise<number> {
  const identity = { methods: ['application_credential'], application_credential: { ...named, secret } };
  return (await world.ask('POST', '/auth/tokens', undefined, { auth: { identity } })).status;
}

test('each waits twice as long, however the credential is named', async ({ world, id }) => {
  const { alice } = world.ids;
  const names = [
    { id },
    { name: 'bot', user: { id: alice } },
    { name: 'bot', user: { name: 'alice', domain: { id: 'default' } } },
  ];
  for (let n = 0; n < 9; n++) assert.is(await logIn(world, names[n % 3] as object, 'wrong'), 401);
  assert.equal(world.slept, [250, 500, 1_000, 2_000]);
  assert.is(await logIn(world, { id }, 'right'), 201, 'the right one still works');
  const before = world.slept.length;
  assert.is(await logIn(world, { id }, 'right'), 201);
  assert.is(world.slept.length, before, 'and is forgiven');
});

test('guesses at a credential that does not exist are as slow', async ({ world }) => {
  for (const named of [{ id: 'nothing' }, { name: 'nothing', user: { id: 'nobody' } }]) {
    world.slept.length = 0;
    for (let n = 0; n < 8; n++) assert.is(await logIn(world, named, 'wrong'), 401);
    assert.equal(world.slept, [250, 500, 1_000]);
  }
});

test('they do not slow the user’s own password', async ({ world, id }) => {
  for (let n = 0; n < 8; n++) await logIn(world, { id }, 'wrong');
  world.slept.length = 0;
  assert.is((await world.logIn('alice', 'alicepw')).status, 201);
  assert.equal(world.slept, []);
});

test.run();
