import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import {
  KeystoneError,
  type KeystoneOptions,
  keystoneEnvironment,
  keystoneToken,
} from '../../../client-sdk/src/keystone.ts';
import { Rest } from '../../../client-sdk/src/rest.ts';
import { login, request } from '../../support/http.ts';
import { PASSWORD, Site } from '../support/site.ts';

const test = suite('tokens of a Keystone');

interface Fake extends AsyncDisposable {
  readonly authUrl: string;
  readonly bodies: string[];
  readonly paths: string[];
}

/** Gives tokens that live for an hour, t1, t2 …, or answers as it is said. */
async function keystone(
  answer?: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Fake> {
  const bodies: string[] = [];
  const paths: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    bodies.push(body);
    paths.push(request.url ?? '');
    if (answer) return answer(request, response);
    response.writeHead(201, { 'X-Subject-Token': `t${bodies.length}` });
    // A clock far from ours: only the difference counts.
    const token = { issued_at: '2001-01-01T00:00:00.000000Z', expires_at: '2001-01-01T01:00:00.000000Z' };
    response.end(JSON.stringify({ token }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    authUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    paths,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

const password = { user: { name: 'owner' }, password: 's3cret' };
const project = { name: 'p1' };
const HOUR = 3_600_000;

test('one token is given until shortly before its end, and then the next', async () => {
  await using fake = await keystone();
  let time = 0;
  const token = keystoneToken({ authUrl: fake.authUrl, password, project, now: () => time });
  assert.equal(await Promise.all([token(), token()]), ['t1', 't1'], 'two that ask at once share a login');
  time = HOUR - 60_001;
  assert.is(await token({ refused: false }), 't1');
  time = HOUR - 60_000;
  assert.is(await token(), 't2');
});

test('a token that the server refused is not given again', async () => {
  await using fake = await keystone();
  const token = keystoneToken({ authUrl: fake.authUrl, password, project });
  assert.is(await token(), 't1');
  assert.is(await token({ refused: true }), 't2');
  assert.is(await token(), 't2');
});

test('the address may be written in each of the usual ways', async () => {
  await using fake = await keystone();
  for (const end of ['', '/', '/v3', '/v3/', '//v3//', '/v3/auth/tokens', '/identity', '/identity/v3/']) {
    await keystoneToken({ authUrl: fake.authUrl + end, password, project })();
  }
  const tidy = fake.paths.map((path) => path.replace('//', '/'));
  assert.equal([...new Set(tidy)], ['/v3/auth/tokens', '/identity/v3/auth/tokens']);
});

test('each way to prove oneself is spelled as Keystone reads it', async () => {
  await using fake = await keystone();
  const { authUrl } = fake;
  const ways: KeystoneOptions[] = [
    { authUrl, password: { user: { id: 'u1' }, password: 'pw' }, project: { id: 'p1' } },
    { authUrl, applicationCredential: { id: 'c1', secret: 'x' } },
    { authUrl, applicationCredential: { name: 'hook', user: { name: 'o' }, secret: 'x' } },
    { authUrl, token: 'other', project },
  ];
  for (const way of ways) await keystoneToken(way)();
  const domain = { id: 'default' };
  assert.equal(
    fake.bodies.map((body) => JSON.parse(body).auth),
    [
      {
        identity: { methods: ['password'], password: { user: { id: 'u1', password: 'pw' } } },
        scope: { project: { id: 'p1' } },
      },
      {
        identity: {
          methods: ['application_credential'],
          application_credential: { id: 'c1', secret: 'x' },
        },
      },
      {
        identity: {
          methods: ['application_credential'],
          application_credential: { name: 'hook', user: { name: 'o', domain }, secret: 'x' },
        },
      },
      {
        identity: { methods: ['token'], token: { id: 'other' } },
        scope: { project: { name: 'p1', domain } },
      },
    ],
  );
});

test('errors have Keystone’s words and no secret, and redirects are not followed', async () => {
  const json = JSON.stringify({ error: { code: 401, message: 'The request you have made requires login.' } });
  for (const [status, body, headers, expected, retry] of [
    [401, json, {}, /401: The request you have made/, false],
    [503, '<html>', {}, /answered 503$/, true],
    [307, '', { location: 'http://127.0.0.1:9/' }, /redirect \(307\)/, true],
    [201, '{}', {}, /answered 201$/, true],
  ] as const) {
    await using fake = await keystone((_, response) => response.writeHead(status, headers).end(body));
    const failed = await keystoneToken({ authUrl: fake.authUrl, password, project })().catch((e) => e);
    assert.instance(failed, KeystoneError);
    assert.match(failed.message, expected);
    assert.not.match(failed.message, /s3cret/);
    assert.is(failed.shouldRetry(), retry);
  }
  const gone = keystoneToken({ authUrl: 'http://127.0.0.1:9', password, project });
  assert.match((await gone().catch((e) => e)).message, /does not answer: .*(ECONNREFUSED|bad port)/);
});

test('options that cannot work are refused at once, by name', () => {
  const authUrl = 'http://k/v3';
  for (const [options, expected] of [
    [{ authUrl: 'k', password, project }, /"authUrl"/],
    [{ authUrl: 'http://me:s3cret@k', password, project }, /"authUrl" holds a secret/],
    [{ authUrl }, /exactly one/],
    [{ authUrl, password, token: 't', project }, /exactly one/],
    [{ authUrl, password }, /"project" is missing/],
    [{ authUrl, applicationCredential: { id: 'i', secret: 's' }, project }, /leave out.*"project"/],
    [{ authUrl, password, project, renewAheadMs: Number.NaN }, /"renewAheadMs"/],
    [{ authUrl, password, project, timeoutMs: 0 }, /"timeoutMs"/],
  ] as const) {
    assert.throws(() => keystoneToken(options as never), expected);
  }
});

test('the variables of OpenStack’s tools are read as those read them', () => {
  const OS_AUTH_URL = 'http://k/v3';
  const user = { OS_AUTH_URL, OS_USERNAME: 'o', OS_PASSWORD: 'pw' };
  assert.equal(
    keystoneEnvironment({
      ...user,
      OS_TENANT_NAME: 'p',
      OS_PROJECT_DOMAIN_ID: 'd1',
      OS_PROJECT_DOMAIN_NAME: 'D',
    }),
    {
      authUrl: OS_AUTH_URL,
      password: { user: { name: 'o', domain: { id: 'default' } }, password: 'pw' },
      project: { name: 'p', domain: { id: 'd1' } },
    },
  );
  assert.equal(keystoneEnvironment({ OS_AUTH_URL, OS_TOKEN: 't\n', OS_PROJECT_ID: 'p' }), {
    authUrl: OS_AUTH_URL,
    token: 't',
    project: { id: 'p' },
  });
  for (const [env, name] of [
    [{}, 'OS_AUTH_URL'],
    [{ OS_AUTH_URL }, 'OS_USERNAME'],
    [{ OS_AUTH_URL, OS_USERNAME: 'o' }, 'OS_PASSWORD'],
    [user, 'OS_PROJECT_NAME'],
    [{ OS_AUTH_URL, OS_APPLICATION_CREDENTIAL_ID: 'i' }, 'OS_APPLICATION_CREDENTIAL_SECRET'],
  ] as const) {
    assert.throws(() => keystoneEnvironment(env), `the variable ${name} is not set`);
  }
});

test('a real login by password and by application credential opens the API', async () => {
  await using site = await Site.open();
  const authUrl = `${site.url}/identity/v3`;
  const session = await login(site.url, 'owner', PASSWORD, 'p1');
  const shown = await request(`${authUrl}/auth/tokens`, 'GET', session.token, undefined, {
    'x-subject-token': session.token,
  });
  const path = `${authUrl}/users/${shown.json.token.user.id}/application_credentials`;
  const made = await request(path, 'POST', session.token, { application_credential: { name: 'hook' } });
  const { id, secret } = made.json.application_credential;
  for (const env of [
    { OS_AUTH_URL: authUrl, OS_APPLICATION_CREDENTIAL_ID: id, OS_APPLICATION_CREDENTIAL_SECRET: secret },
    { OS_AUTH_URL: `${authUrl}/`, OS_USERNAME: 'owner', OS_PASSWORD: PASSWORD, OS_PROJECT_NAME: 'p1' },
  ]) {
    const rest = new Rest({ url: site.url, token: keystoneToken(keystoneEnvironment(env)) });
    assert.is((await rest.server(site.server))?.id, site.server);
  }
});

test.run();
