import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { loadConfig } from '../../server/config/load.ts';
import { type Running, serve } from '../../server/main.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import { login } from '../support/http.ts';
import { within } from '../support/within.ts';

const test = suite<{ plain: Running; published: Running }>('links and the Host header', {} as never);

const start = (env: Record<string, string>) => {
  const { config, secrets } = loadConfig({
    env: {
      HOSTBEAT_LISTEN: '127.0.0.1:0',
      HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
      HOSTBEAT_ADMIN_PASSWORD: 'pw',
      ...env,
    },
  });
  return serve(config, secrets, { logger: noLogger });
};

test.before(async (context) => {
  context.plain = await start({});
  context.published = await start({ HOSTBEAT_PUBLIC_URL: 'https://cloud.example/hostbeat' });
});
test.after(async ({ plain, published }) => {
  await plain.close();
  await published.close();
});

/** One request as these bytes. @returns all that was answered */
async function raw(url: string, text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(text);
  await within('the answer', new Promise((resolve) => socket.on('close', resolve)));
  return answer;
}

const PASSWORD = JSON.stringify({
  auth: {
    identity: {
      methods: ['password'],
      password: { user: { name: 'admin', domain: { id: 'default' }, password: 'pw' } },
    },
    scope: { project: { name: 'admin', domain: { id: 'default' } } },
  },
});

/** Everything that has links in it, as an attacker would have it made for somebody else. */
async function everywhere(running: Running): Promise<[name: string, answer: string][]> {
  const { token } = await login(running.url, 'admin', 'pw', 'admin');
  const paths = ['/', '/v2.1/', '/v2.1', '/nosuch', '/identity', '/identity/v3', '/identity/v3/auth/catalog'];
  paths.push('/identity/v3/users', '/identity/v3/nosuch', '/v2.1/servers/detail', '/v2.1/flavors', '/image/');
  paths.push('/openapi.json', '/asyncapi.json', '/docs', '/dashboard', '/v1/hosts', '/v1/history');
  const asked = paths.flatMap((path) => [
    [path, `GET ${path} HTTP/1.1`, `X-Auth-Token: ${token}`],
    [`${path} without a token`, `GET ${path} HTTP/1.1`, 'X-Nothing: 1'],
  ]);
  const answers = asked.map(async ([name, line, header]): Promise<[string, string]> => {
    const request = [line, 'Host: evil.example', header, 'Connection: close', '', ''].join('\r\n');
    return [name as string, await raw(running.url, request)];
  });
  const length = `Content-Length: ${PASSWORD.length}`;
  const post = ['POST /identity/v3/auth/tokens HTTP/1.1', 'Host: evil.example', length, 'Connection: close'];
  post.push('Content-Type: application/json', '', PASSWORD);
  answers.push(raw(running.url, post.join('\r\n')).then((answer) => ['a login', answer]));
  return Promise.all(answers);
}

test('where a public URL is set, no answer repeats the Host of the request', async ({ published }) => {
  for (const [name, answer] of await everywhere(published)) {
    assert.match(answer, /^HTTP\/1\.1 \d/, name);
    assert.not.match(answer, /evil\.example/, name);
    assert.not.match(answer, /^vary:.*host/im, name);
  }
});

test('without one, an answer that repeats it may be kept by no cache', async ({ plain }) => {
  let repeating = 0;
  for (const [name, answer] of await everywhere(plain)) {
    if (!answer.includes('evil.example')) continue;
    repeating += 1;
    assert.match(answer, /^cache-control: no-store\r?$/im, name);
    assert.match(answer, /^vary:.*\bhost\b/im, name);
  }
  assert.ok(repeating > 10, `${repeating}`);
});

test('links keep the port for a client of HTTP/1.0, which need not name a host', async ({ plain }) => {
  const { host } = new URL(plain.url);
  assert.ok((await raw(plain.url, 'GET / HTTP/1.0\r\n\r\n')).includes(`http://${host}/v2.1/`));
  assert.ok((await raw(plain.url, 'GET /identity HTTP/1.0\r\n\r\n')).includes(`http://${host}/identity/v3/`));
  const named = await raw(plain.url, 'GET / HTTP/1.0\r\nHost: a.example:81\r\n\r\n');
  assert.ok(named.includes('http://a.example:81/v2.1/'));
});

test('/docs cannot be framed, and no browser guesses its type', async ({ plain }) => {
  for (const path of ['/docs', '/dashboard']) {
    const { headers } = await fetch(plain.url + path);
    assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
    assert.is(headers.get('x-content-type-options'), 'nosniff', path);
  }
});

test('shared documents are not sent again to a client that has them', async ({ plain }) => {
  for (const path of [
    '/docs',
    '/dashboard',
    '/openapi.json',
    '/openapi.json?microversion=2.53',
    '/asyncapi.json',
  ]) {
    const etag = (await fetch(plain.url + path)).headers.get('etag') ?? '';
    const again = await fetch(plain.url + path, { headers: { 'If-None-Match': etag } });
    assert.equal([again.status, await again.text()], [304, ''], path);
  }
});

test.run();
