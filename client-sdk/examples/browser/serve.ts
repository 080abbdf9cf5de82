/**
 * A web application's own server, reduced to what concerns hostbeat: it serves the page and gives it one-use tickets,
 * so that the project's token never leaves this process.
 *
 *   HOSTBEAT_URL=https://hostbeat.example:8774 OS_AUTH_URL=… node browser/serve.ts
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename } from 'node:path';
import process from 'node:process';
import { keystoneEnvironment, keystoneToken } from 'hostbeat-client/keystone';

const hostbeat = (process.env.HOSTBEAT_URL ?? '').replace(/\/+$/, '');
const { origin } = new URL(hostbeat);
const token = process.env.OS_TOKEN || keystoneToken(keystoneEnvironment(process.env));
/** Folder of the client's files. */
const client = new URL('.', import.meta.resolve('hostbeat-client'));
const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};
const HEADERS = {
  'content-security-policy': `default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ${origin} ${origin.replace(/^http/, 'ws')}`,
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const server = createServer(async (request, response) => {
  try {
    const { pathname } = new URL(request.url ?? '/', 'http://page');
    const [type, body] = await answer(request.method ?? '', pathname, request.headers['sec-fetch-site']);
    response.writeHead(body === undefined ? 404 : 200, { ...HEADERS, 'content-type': type }).end(body);
  } catch (error) {
    console.error(error);
    response.writeHead(502, HEADERS).end();
  }
});

async function answer(
  method: string,
  path: string,
  site: unknown,
): Promise<[string, (string | Buffer | undefined)?]> {
  // A real application first checks that its user is logged in. No other site's page may ask on the user's behalf.
  if (method === 'POST' && path === '/ticket' && site === 'same-origin')
    return ['text/plain', await ticket()];
  if (method !== 'GET') return ['text/plain'];
  if (path === '/hostbeat-url') return ['text/plain', hostbeat];
  const folder = path.startsWith('/hostbeat-client/') ? client : import.meta.url;
  const name = path === '/' ? 'page.html' : basename(path);
  const type = TYPES[name.split('.').at(-1) ?? ''];
  if (type === undefined) return ['text/plain'];
  return [type, await readFile(new URL(name, folder)).catch(() => undefined)];
}

/** A ticket: with it a browser opens one WebSocket as the owner of the token. */
async function ticket(): Promise<string> {
  const secret = typeof token === 'string' ? token : await token();
  const made = await fetch(`${hostbeat}/v1/tickets`, {
    method: 'POST',
    headers: { 'x-auth-token': secret },
    redirect: 'manual',
  });
  if (!made.ok) throw new Error(`hostbeat answered ${made.status} to a request for a ticket`);
  return ((await made.json()) as { ticket: string }).ticket;
}

server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => server.close());
