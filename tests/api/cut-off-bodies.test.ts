/** A client that hangs up in the middle of its body is no failure of ours, and fills no log. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { login } from '../support/http.ts';
import { startServer } from '../support/process.ts';

const test = suite('bodies that are cut off');

const PATHS = ['/identity/v3/auth/tokens', '/v1/reports', '/v1/seed', '/v1/webhooks', '/v2.1/servers'];
const BODIES = ['Transfer-Encoding: chunked\r\n\r\n', 'Content-Length: 1000\r\n\r\n'];

/** Sends half of a body once the server has said that it reads it, and leaves. */
async function cutOff(url: string, path: string, token: string, body: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  const [headers = '', start = ''] = [
    body.slice(0, -2),
    body.startsWith('Transfer') ? '5\r\n{"a":' : '{"a":',
  ];
  const common = `Host: a\r\nX-Auth-Token: ${token}\r\nContent-Type: application/json\r\n`;
  socket.write(`POST ${path} HTTP/1.1\r\n${common}Expect: 100-continue\r\n${headers}\r\n`);
  const [said] = await once(socket, 'data');
  assert.match(String(said), /^HTTP\/1\.1 100/, path);
  await new Promise((sent) => socket.write(start, sent));
  socket.destroy();
}

test('no body that is cut off leaves a line in the log, by whichever endpoint', async () => {
  const server = await startServer({
    HOSTBEAT_DATABASE_URL: 'sqlite::memory:',
    HOSTBEAT_ADMIN_PASSWORD: 'pw',
    HOSTBEAT_LOG_LEVEL: 'warn',
  });
  const { token } = await login(server.url, 'admin', 'pw', 'admin');
  for (const path of PATHS) for (const body of BODIES) await cutOff(server.url, path, token, body);
  await login(server.url, 'admin', 'pw', 'admin');
  await server.stop();
  const lines = server
    .log()
    .split('\n')
    .filter((line) => line.includes('"level":50'));
  assert.equal(lines, []);
});

test.run();
