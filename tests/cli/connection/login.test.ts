import { writeFile } from 'node:fs/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tokenSource } from '../../../server/cli/connection/credentials.ts';
import { logIn } from '../../../server/cli/connection/login.ts';
import type { CliError } from '../../../server/cli/support/errors.ts';
import { EXIT } from '../../../server/cli/support/exit-codes.ts';
import { temporaryFolder } from '../../support/process.ts';
import { answering, json, refused } from './answering.ts';

const test = suite('logins of the commands');

const password = { user: { id: 'u', password: 'pw' } };
const loggedIn = (token: string) => (response: Parameters<typeof json>[0]) =>
  json(response, 201, { token: {} }, { 'x-subject-token': token });

const exitOf = (login: Promise<unknown>) =>
  login.then(
    () => EXIT.ok,
    ({ exit }: CliError) => exit,
  );

test('a node that does not answer is followed by the next one', async () => {
  await using broken = await answering((response) => response.writeHead(502).end('<html>'));
  await using well = await answering(loggedIn('t'));
  const { token } = await logIn({ authUrls: [broken.url, well.url], password });
  assert.is(token, 't');
});

test('a password that one node refuses is not tried at the next', async () => {
  await using first = await answering((response) => json(response, 401, refused('no')));
  await using second = await answering(loggedIn('t'));
  assert.is(await exitOf(logIn({ authUrls: [first.url, second.url], password })), EXIT.noPermission);
  assert.equal([first.asked.length, second.asked.length], [1, 0]);
});

test('a redirect is not followed: the password goes to no other address', async () => {
  await using other = await answering(loggedIn('t'));
  await using server = await answering((response) =>
    json(response, 307, {}, { location: `${other.url}/v3/auth/tokens` }),
  );
  assert.is(await exitOf(logIn({ authUrls: [server.url], password })), EXIT.unavailable);
  assert.is(other.asked.length, 0);
});

test('a login that failed is tried again by the next question for a token', async () => {
  await using server = await answering((response, _, nth) =>
    nth === 1 ? json(response, 503, refused('busy')) : loggedIn(`token-${nth}`)(response),
  );
  const env = { OS_USERNAME: 'u', OS_PASSWORD: 'pw', OS_AUTH_URL: server.url };
  const tokens = tokenSource(env, { variables: [], urls: ['http://unused.test'], monotonic: () => 0 });
  assert.is(await exitOf(tokens.token()), EXIT.unavailable);
  const token = await tokens.token();
  assert.match(token, /^token-/);
  assert.is(await tokens.token(), token, 'a token is kept');
});

test('a token file that was rotated counts at once', async () => {
  await using folder = await temporaryFolder();
  const tokenFile = `${folder.path}/token`;
  await writeFile(tokenFile, 'first\n');
  const tokens = tokenSource({}, { tokenFile, variables: [], urls: [], monotonic: () => 0 });
  assert.is(await tokens.token(), 'first');
  await writeFile(tokenFile, 'second\n');
  assert.is(await tokens.token(), 'second');
});

test.run();
