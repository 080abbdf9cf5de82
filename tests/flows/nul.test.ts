/** U+0000 at every way in of a whole server: no database may decide whether it is taken. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { WebSocket } from 'ws';
import { login } from '../support/http.ts';
import { startServer } from '../support/process.ts';

const NUL = '\u0000';
const test = suite('U+0000 is refused at every way in');
const server = await startServer({
  HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
  HOSTBEAT_ADMIN_PASSWORD: 'pw',
});
const admin = await login(server.url, 'admin', 'pw', 'admin');
test.after(async () => void (await server.stop()));

const BODIES: readonly (readonly [method: string, path: string, body: unknown])[] = [
  ['POST', '/v1/reports', { reports: [{ host: `c${NUL}`, binary: 'nova-compute' }] }],
  ['PUT', '/v1/instances/i1', { project_id: 'p', name: NUL }],
  ['POST', '/v1/webhooks', { url: 'https://example.org/', name: NUL }],
  ['POST', '/v1/agent-tokens', { hosts: ['*'], label: NUL }],
  ['POST', '/v1/alertmanager', { alerts: [{ labels: { [NUL]: 'a' } }] }],
  ['POST', '/v1/seed', { projects: [{ name: NUL }] }],
  ['POST', '/v2.1/servers', { server: { name: NUL } }],
  ['PUT', '/v2.1/os-services/force-down', { host: NUL, binary: 'nova-compute', forced_down: true }],
  ['POST', '/identity/v3/projects', { project: { name: NUL } }],
  ['POST', '/identity/v3/auth/tokens', { auth: { identity: { methods: [NUL] } } }],
];

for (const [method, path, body] of BODIES) {
  test(`${method} ${path} with it in the body: 400`, async () => {
    const { status } = await admin.request(method, path, body);
    assert.is(status, 400);
  });
}

for (const path of [
  '/v1/services?host=%00',
  '/v1/instances/%00',
  '/v2.1/servers?name=%00',
  '/identity/v3/users/%00',
]) {
  test(`GET ${path}: 400 in the words of its API`, async () => {
    const { status, json } = await admin.request('GET', path);
    assert.is(status, 400);
    assert.match(JSON.stringify(json), 'U+0000');
  });
}

test('a text that only names the escape is taken', async () => {
  const { status } = await admin.request('POST', '/v1/agent-tokens', { hosts: ['*'], label: '\\u0000' });
  assert.is(status, 201);
});

for (const [path, subprotocol, frame] of [
  ['/v1/stream', 'hostbeat.v1', { type: 'subscribe', id: NUL }],
  ['/v1/agent', 'hostbeat-agent.v1', { type: 'goodbye', reason: NUL }],
] as const) {
  test(`a frame with it on ${path} is answered as a bad frame`, async () => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}`, subprotocol, {
      headers: { 'X-Auth-Token': admin.token },
    });
    const sent: string[] = [];
    await new Promise<void>((resolve, reject) => {
      socket.on('open', () => socket.send(JSON.stringify(frame)));
      socket.on('message', (data) => {
        sent.push(String(data));
        if (String(data).includes('U+0000')) resolve();
      });
      socket.on('close', (code) => reject(new Error(`closed with ${code}: ${sent.join(' ')}`)));
      socket.on('error', reject);
    });
    socket.terminate();
  });
}

test.run();
