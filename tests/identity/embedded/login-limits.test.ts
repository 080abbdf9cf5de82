/** What strangers and tenants may cost: how long a text may be, how often a user may log in, what it may keep. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { onProject, openWorld, type World } from '../world.ts';

const test = suite<{ world: World }>('limits of logins');

test.before.each(async (context) => {
  context.world = await openWorld({ maxTokens: 32, maxCredentials: 2 });
});
test.after.each(({ world }) => world.close());

const DOMAIN = { id: 'default' };
const long = (length: number) => 'x'.repeat(length + 1);

/** Each text of a login, one character too long. */
const TOO_LONG: readonly (readonly [field: string, identity: object, scope?: object])[] = [
  ['password/user/id', by('password', { user: { id: long(64), password: 'pw' } })],
  ['password/user/name', by('password', { user: { name: long(255), domain: DOMAIN, password: 'pw' } })],
  ['password/user/password', by('password', { user: { id: 'a', password: long(512) } })],
  [
    'password/user/domain/id',
    by('password', { user: { name: 'a', domain: { id: long(64) }, password: 'pw' } }),
  ],
  [
    'password/user/domain/name',
    by('password', { user: { name: 'a', domain: { name: long(255) }, password: 'pw' } }),
  ],
  ['token/id', by('token', { id: long(512) })],
  ['application_credential/id', by('application_credential', { id: long(64), secret: 's' })],
  ['application_credential/secret', by('application_credential', { id: 'a', secret: long(512) })],
  [
    'application_credential/name',
    by('application_credential', { name: long(255), user: { id: 'a' }, secret: 's' }),
  ],
  [
    'application_credential/user/id',
    by('application_credential', { name: 'a', user: { id: long(64) }, secret: 's' }),
  ],
  ['totp/user/id', by('totp', { user: { id: long(64), passcode: '123456' } })],
  ['totp/user/passcode', by('totp', { user: { id: 'a', passcode: long(512) } })],
  ['scope/project/id', by('token', { id: 't' }), { project: { id: long(64) } }],
  ['scope/project/name', by('token', { id: 't' }), { project: { name: long(255), domain: DOMAIN } }],
  ['scope/domain/name', by('token', { id: 't' }), { domain: { name: long(255) } }],
];

function by(method: string, data: object): object {
  return { methods: [method], [method]: data };
}

test('a text of a login that is too long is 400, names its field and is not looked up', async ({ world }) => {
  for (const [field, identity, scope] of TOO_LONG) {
    const body = { auth: { identity, ...(scope === undefined ? {} : { scope }) } };
    const { status, body: answer } = await world.ask('POST', '/auth/tokens', undefined, body);
    assert.is(status, 400, field);
    assert.ok(
      [field, field.split('/').at(-1)].some((name) => answer.error.message.includes(name)),
      `${field}: ${answer.error.message}`,
    );
  }
  assert.equal(world.slept, []);
});

test('a token in a header that is too long is 400 and names the header', async ({ world }) => {
  const { token } = await world.logIn('alice', 'alicepw', onProject('demo'));
  for (const [header, answer] of [
    ['X-Auth-Token', await world.ask('GET', '/auth/tokens', long(512))],
    [
      'X-Subject-Token',
      await world.ask('GET', '/auth/tokens', token, undefined, { 'X-Subject-Token': long(512) }),
    ],
  ] as const) {
    assert.is(answer.status, 400);
    assert.match(answer.body.error.message, header);
  }
});

test('a user has one count, however it is named', async ({ world }) => {
  const { alice } = world.ids;
  const names = [
    { name: 'alice', domain: { id: 'default' } },
    { name: 'alice', domain: { name: 'Default' } },
    { name: 'alice', domain: { name: 'DEFAULT' } },
    { id: alice },
    { id: alice, name: 'alice', domain: { id: 'default' } },
    { id: 'of no consequence', name: 'alice', domain: { id: 'default', name: 'default' } },
  ];
  for (const user of names) await guess(world, user);
  assert.equal(world.slept, [250], 'the sixth guess at one account waits');
});

test('a user that does not exist is as slow, and answers the same, as one that does', async () => {
  const seen = [];
  for (const name of ['alice', 'nobody']) {
    const world = await openWorld();
    const answers = [];
    for (let n = 0; n < 7; n++) answers.push(await guess(world, { name, domain: DOMAIN }));
    for (let n = 0; n < 7; n++) answers.push(await guess(world, { id: name }));
    for (let n = 0; n < 2; n++) answers.push(await guess(world, { name, domain: { name: 'elsewhere' } }));
    seen.push(JSON.stringify({ answers, slept: world.slept }));
    await world.close();
  }
  assert.is(seen[0], seen[1]);
});

async function guess(world: World, user: object): Promise<unknown> {
  const body = { auth: { identity: by('password', { user: { ...user, password: 'wrong' } }) } };
  const { status, body: answer } = await world.ask('POST', '/auth/tokens', undefined, body);
  return [status, answer];
}

test('above the limit of tokens a login succeeds and the oldest ones end', async ({ world }) => {
  const tokens = [];
  for (let n = 0; n < 33; n++) {
    world.clock.advance(1);
    tokens.push((await world.logIn('alice', 'alicepw', onProject('demo'))).token);
  }
  const admin = (await world.logIn('admin', 'adminpw', onProject('admin'))).token;
  const statusOf = async (token = '') =>
    (await world.ask('GET', '/auth/tokens', admin, undefined, { 'X-Subject-Token': token })).status;
  assert.equal(
    [await statusOf(tokens[0]), await statusOf(tokens[2]), await statusOf(tokens[3])],
    [404, 404, 200],
  );
  assert.is(await statusOf(tokens[32]), 200);
});

test('logins at once of one user do not end each other', async ({ world }) => {
  const answers = await Promise.all(
    Array.from({ length: 40 }, () => world.logIn('alice', 'alicepw', onProject('demo'))),
  );
  assert.equal([...new Set(answers.map(({ status }) => status))].sort(), [201]);
});

test('tokens beyond a burst are 429 with the time to wait, for this user alone', async ({ world }) => {
  const alices = (await world.logIn('alice', 'alicepw', onProject('demo'))).token;
  const exchange = (token: string) =>
    world.ask('POST', '/auth/tokens', undefined, { auth: { identity: by('token', { id: token }) } });
  let token = alices;
  let last = await exchange(token);
  for (let n = 0; last.status === 201 && n < 200; n++) {
    world.clock.advance(1);
    token = last.token;
    last = await exchange(token);
  }
  assert.is(last.status, 429);
  assert.is(last.headers.get('Retry-After'), '1');
  assert.is((await world.logIn('admin', 'adminpw')).status, 201);
  world.clock.advance(1_000);
  assert.is((await exchange(token)).status, 201);
});

test('application credentials above the limit are 403, also when made at once', async ({ world }) => {
  const { token } = await world.logIn('alice', 'alicepw', onProject('demo'));
  const make = (n: number) =>
    world.ask('POST', `/users/${world.ids.alice}/application_credentials`, token, {
      application_credential: { name: `bot ${n}` },
    });
  const answers = await Promise.all(Array.from({ length: 6 }, (_, n) => make(n)));
  assert.equal(answers.map(({ status }) => status).sort(), [201, 201, 403, 403, 403, 403]);
  assert.is((await make(9)).status, 403);
});

test('a login whose client has gone is not worked on', async ({ world }) => {
  const gone = new AbortController();
  gone.abort();
  const outcome = await world.identity.verifier
    .password({ id: world.ids.alice }, 'alicepw', { signal: gone.signal })
    .catch((error: Error) => error.message);
  assert.is(outcome, 'The client is gone');
});

test.run();
