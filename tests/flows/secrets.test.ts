/**
 * A server at its most talkative is used with every kind of secret there is, rightly and wrongly; afterwards none of them
 * stands in its log, its metrics, its audit or an error.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { login } from '../support/http.ts';
import { startServer } from '../support/process.ts';

const test = suite('secrets in a live log');

const ADMIN = 'admin-Passw0rd-kept-secret';
const RECEIVER = 'receiver-t0ken-kept-secret';

test('no secret appears in a log, a metric, the audit or an error', async () => {
  await using server = await startServer({
    HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
    HOSTBEAT_ADMIN_PASSWORD: ADMIN,
    HOSTBEAT_RECEIVER_TOKEN: RECEIVER,
    HOSTBEAT_LOG_LEVEL: 'trace',
  });
  const secrets = new Set([ADMIN, RECEIVER]);
  const said: string[] = [];
  const secret = (text: string) => {
    secrets.add(text);
    return text;
  };
  const ask = async (method: string, path: string, headers: Record<string, string>, body?: string) => {
    const answer = await fetch(server.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    // What was asked for by name is repeated to the caller who named it, and to nobody else.
    if (!answer.ok && !/history|servers|nowhere/.test(path)) said.push(text);
    return { status: answer.status, text };
  };

  const admin = await login(server.url, 'admin', ADMIN, 'admin');
  const auth = { 'x-auth-token': secret(admin.token) };
  const made = async (path: string, body: object) => {
    const { status, json } = await admin.request('POST', path, body);
    assert.ok(status < 300, `${path}: ${status} ${JSON.stringify(json)}`);
    return json;
  };
  const password = secret('member-Passw0rd-kept-secret');
  await made('/identity/v3/users', { user: { name: 'member', password } });
  const agent = await made('/v1/agent-tokens', { label: 'c1', hosts: ['c1'] });
  const ticket = await made('/v1/tickets', {});
  const webhook = await made('/v1/webhooks', { url: 'https://hooks.example.org/in' });
  const { user_id } = await made('/identity/v3/auth/tokens', {
    auth: { identity: { methods: ['token'], token: { id: admin.token } } },
  }).then(({ token }) => ({ user_id: token.user.id }));
  const credential = await made(`/identity/v3/users/${user_id}/application_credentials`, {
    application_credential: { name: 'app' },
  });
  for (const text of [agent.token, ticket.ticket, webhook.secret, credential.application_credential.secret]) {
    assert.type(text, 'string');
    secret(text);
  }

  // Rightly.
  await ask('POST', '/v1/reports', { 'x-auth-token': agent.token }, '{"reports":[{"host":"c1"}]}');
  await ask('GET', '/identity/v3/auth/tokens', { ...auth, 'x-subject-token': admin.token });
  // Wrongly: in addresses, in bodies that cannot be read, in headers of another place, with a letter too many.
  for (const text of secrets) {
    const shown = encodeURIComponent(text);
    await ask('GET', `/v1/changes?token=${shown}`, { authorization: `Bearer ${text}` });
    await ask('GET', `/v1/history?server=${shown}`, auth);
    await ask('GET', `/v2.1/servers/${shown}`, auth);
    await ask('GET', `/nowhere/${shown}`, { authorization: `Basic ${btoa(`admin:${text}`)}` });
    await ask('POST', '/v1/webhooks', auth, JSON.stringify({ url: `https://me:${text}@hooks.example.org/` }));
    await ask('POST', '/v1/reports', { 'x-auth-token': `${text}x` }, `{"reports":[{"host":"${text}"`);
    await ask('POST', '/v1/receivers/alertmanager', { authorization: `Bearer ${text}x` }, '{}');
    const identity = { methods: ['password'], password: { user: { name: 'member', password: `${text}x` } } };
    await ask('POST', '/identity/v3/auth/tokens', {}, JSON.stringify({ auth: { identity } }));
    await ask('POST', '/identity/v3/auth/tokens', {}, `{"auth":{"identity":{"password":"${text}"`);
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/stream`, [
      'hostbeat.v1',
      `bearer.${Buffer.from(`${text}x`).toString('base64url')}`,
    ]);
    await new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined));
  }

  const audit = await admin.request('GET', '/v1/audit');
  const metrics = await (await fetch(`${server.url}/metrics`, { headers: auth })).text();
  await server.stop();
  const places = { log: server.log(), metrics, audit: JSON.stringify(audit.json), errors: said.join('\n') };
  assert.match(places.log, /"level":/);
  assert.ok(said.length > 40, `${said.length} errors`);
  const leaks = Object.entries(places).flatMap(([place, text]) =>
    [...secrets].filter((one) => text.includes(one)).map((one) => `${place}: ${one.slice(0, 12)}…`),
  );
  assert.equal(leaks, []);
});

test.run();
