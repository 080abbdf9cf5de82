/**
 * What strangers and tenants do to a server at once, each until its input ends: `attacks.ts NAME URL TOKEN
 * USER WEBHOOK`. It comes from another address than the bystanders.
 */
import { connect, type Socket } from 'node:net';

const FROM = '127.0.0.66';
const isAttacker = process.argv[1] === import.meta.filename;
const [name = '', address = '', token = '', user = '', webhook = ''] = isAttacker
  ? process.argv.slice(2)
  : [];

const as = `X-Auth-Token: ${token}\r\n`;
const get = (path: string, headers = as) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`;
const post = (path: string, body: unknown, headers = as) => {
  const text = JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\nHost: a\r\n${headers}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
};
const heavy = encodeURIComponent('[ab]*a[ab]{200}z');
const password = (text: string, id?: string) => ({
  auth: {
    identity: {
      methods: ['password'],
      password: {
        user: {
          ...(id === undefined ? { name: 'small', domain: { id: 'default' } } : { id }),
          password: text,
        },
      },
    },
  },
});
let count = 0;

function open(): Socket {
  const { hostname: host, port } = new URL(address);
  return connect({ host, port: Number(port), localAddress: FROM }).on('error', () => undefined);
}

/** Opens it again, a moment after it was closed. */
function again(begin: () => Socket): void {
  begin().on('close', () => setTimeout(() => again(begin), 50));
}

/** Sends many requests at once and reads nothing. */
function unread(connections: number, requests: number, request: () => string): void {
  for (let n = 0; n < connections; n++) {
    again(() => {
      const socket = open();
      socket.pause().write(Array.from({ length: requests }, request).join(''));
      return socket;
    });
  }
}

/** Sends a request, reads the answer and repeats, on this many connections at once. */
function asking(connections: number, request: () => string): void {
  for (let n = 0; n < connections; n++) {
    again(() => {
      const socket = open();
      const ask = () => socket.write(request().replace('\r\n', '\r\nConnection: close\r\n'));
      return socket.on('connect', ask).resume();
    });
  }
}

/** Sends a request and hangs up at once. */
function aborting(connections: number, request: () => string): void {
  for (let n = 0; n < connections; n++) {
    again(() => {
      const socket = open();
      socket.write(request(), () => socket.destroy());
      return socket;
    });
  }
}

const ATTACKS: Readonly<Record<string, () => void>> = {
  'documents unread': () => unread(100, 32, () => get('/docs', '')),
  'lists unread': () => unread(40, 30, () => get('/v2.1/servers/detail')),
  'event streams unread': () => unread(100, 1, () => get('/v1/events')),
  'one byte a second': () => {
    for (let n = 0; n < 200; n++) again(() => byteByByte(get('/healthz')));
  },
  'wrong passwords': () => asking(64, () => post('/identity/v3/auth/tokens', password(`${count++}`), '')),
  'long ids': () =>
    asking(64, () => post('/identity/v3/auth/tokens', password('x', `${count++}`.padEnd(100_000, 'x')), '')),
  'application credentials': () =>
    asking(140, () =>
      post(`/identity/v3/users/${user}/application_credentials`, {
        application_credential: { name: `c${process.pid}-${count++}` },
      }),
    ),
  'test deliveries that are left': () => aborting(64, () => post(`/v1/webhooks/${webhook}/test`, {})),
  'heavy patterns': () => asking(200, () => get(`/v2.1/servers?name=${heavy}`)),
  'lists with eight sort keys': () => {
    const keys = ['launched_at', 'task_state', 'display_name', 'hostname', 'key_name', 'progress', 'uuid'];
    const query = keys.map((key) => `sort_key=${key}`).join('&');
    asking(100, () => get(`/v2.1/servers/detail?${query}`));
  },
  'snapshots of 200 000 servers': () => asking(100, () => get('/v1/changes')),
  'sockets without a right': () =>
    asking(100, () =>
      get(
        '/v1/stream',
        `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${'A'.repeat(22)}==\r\nSec-WebSocket-Protocol: hostbeat.v1\r\n`,
      ),
    ),
};

function byteByByte(text: string): Socket {
  const socket = open();
  let at = 0;
  const timer = setInterval(() => socket.write(text.charAt(at++) || '\n'), 1_000);
  return socket.on('close', () => clearInterval(timer)).resume();
}

export const NAMES = Object.keys(ATTACKS);
if (isAttacker) {
  process.stdin.on('end', () => process.exit()).resume();
  ATTACKS[name]?.();
}
