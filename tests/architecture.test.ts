import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

/**
 * Which room may import which. The key is a folder or file below the root, the longest key that fits a file is its
 * room. Adding an arrow is a visible line here. Every room may also import itself.
 */
const CONTRACT = ['client-sdk/protocol'];
const DOMAIN = [...CONTRACT, 'server/domain'];
const PORTS = [...DOMAIN, 'server/store.ts', 'server/instance-query.ts'];
/** Open to every room, and knowing none. */
const EVERYWHERE = [
  'server/config',
  'server/telemetry',
  'server/timers.ts',
  'server/fair-queue.ts',
  'server/parse-json.ts',
  'server/time-slices.ts',
  'server/version.ts',
];
const ROOM = [...PORTS, ...EVERYWHERE];

const ARROWS: Record<string, readonly string[]> = {
  'client-sdk/protocol': [],
  'client-sdk/src': CONTRACT,
  'server/domain': CONTRACT,
  'server/store.ts': [...DOMAIN, 'server/instance-query.ts'],
  'server/instance-query.ts': DOMAIN,
  'server/config': DOMAIN,
  'server/telemetry': CONTRACT,
  'server/timers.ts': DOMAIN,
  'server/fair-queue.ts': DOMAIN,
  'server/time-slices.ts': ['server/timers.ts', 'server/fair-queue.ts'],
  'server/parse-json.ts': [],
  'server/version.ts': ['package.json'],
  /** What a transport must be: the edge provides it, rooms that talk over sockets use it. */
  'server/socket': DOMAIN,
  /** The shapes of documents that come in, for every endpoint that reads them. */
  'server/documents': PORTS,
  'server/identity': [...ROOM, 'server/audit/recorder.ts'],
  'server/stream': [...ROOM, 'server/identity'],
  'server/audit': ROOM,
  'server/liveness': [
    ...ROOM,
    'server/audit/audit.ts',
    'server/identity/identity.ts',
    'server/identity/middleware.ts',
    'server/identity/tokens/revocations.ts',
    'server/socket/socket.ts',
    'server/socket/handshake.ts',
  ],
  'server/hub': [...ROOM, 'server/identity', 'server/stream', 'server/socket'],
  /** What a delivery shows is what a socket would be shown. */
  'server/webhooks': [...ROOM, 'server/identity', 'server/stream'],
  'server/api': [
    ...ROOM,
    'server/documents',
    'server/audit',
    'server/identity',
    'server/liveness',
    'server/socket/static-answer.ts',
    'server/webhooks',
  ],
  'server/nova': [...ROOM, 'server/identity'],
  /** Reads what every face takes. Nobody reads it but the composition root. */
  'server/openapi': [
    ...ROOM,
    'server/documents',
    'server/api',
    'server/identity',
    'server/nova',
    'server/seed',
    'server/socket/static-answer.ts',
  ],
  'server/seed': [...ROOM, 'server/documents'],
  // A customer of the client library like any other.
  'server/dashboard': ['client-sdk/src', 'server/socket/static-answer.ts'],
  'server/runtime': [...DOMAIN, 'server/socket', 'server/telemetry'],
  db: [
    ...PORTS,
    'server/audit/audit.ts',
    'server/identity/accounts.ts',
    'server/identity/identity.ts',
    'server/identity/watch-keys/watch-key-store.ts',
    'server/webhooks/webhook-store.ts',
    'server/runtime/supported.mjs',
    'server/version.ts',
    'server/telemetry',
    'server/timers.ts',
    'server/time-slices.ts',
    'server/fair-queue.ts',
  ],
  'server/app.ts': ['server', 'client-sdk/protocol'],
  'server/start': ['server', 'db', 'client-sdk/protocol'],
  'server/restart.ts': ['server/telemetry'],
  'server/main.ts': ['server', 'db', 'client-sdk/protocol'],
  'server/embed.ts': ['server'],
  'server/cli': ['server', 'db', 'client-sdk', 'bench', 'migrations'],
};

/** Packages that only one place may name. */
const ONLY_IN: Record<string, readonly string[]> = {
  'better-sqlite3': ['db/sqlite/file/connection.ts'],
  pg: ['db/postgres/connection/driver.ts'],
  ws: ['server/runtime', 'server/cli'],
  esbuild: ['server/dashboard/bundle.ts'],
  hono: [
    'server/dashboard',
    'server/api',
    'server/nova',
    'server/openapi',
    'server/identity',
    'server/app.ts',
    'server/start',
    'server/config',
  ],
  '@hono/node-server': ['server/runtime'],
  commander: ['server/cli'],
  'prom-client': ['server/telemetry'],
  '@opentelemetry/api': ['server/telemetry'],
  pino: ['server/telemetry'],
  yaml: ['server/identity/policy', 'server/config/config-file.ts', 'server/cli/support/clouds.ts'],
};

const root = resolve(import.meta.dirname, '..');
const sources = ['client-sdk/protocol', 'client-sdk/src', 'server', 'db'].flatMap(filesBelow);

interface Import {
  readonly from: string;
  readonly to: string;
}

function filesBelow(folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|mjs)$/.test(name) && !name.includes('node_modules') && !name.includes('dist/'))
    .map((name) => join(folder, name));
}

/** Import and export statements and dynamic imports; types count too: knowing a room's types is knowing the room. */
function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|^import\s+)['"]([^'"]+)['"]/gm;
  return [...text.matchAll(pattern)].map((match) => ({ from: file, to: match[1] ?? '' }));
}

function isWithin(file: string, place: string): boolean {
  return file === place || file.startsWith(`${place}/`);
}

function roomOf(file: string): string | undefined {
  return Object.keys(ARROWS)
    .filter((room) => isWithin(file, room))
    .sort((a, b) => b.length - a.length)[0];
}

const imports = sources.flatMap(importsOf);
const local = imports.filter(({ to }) => to.startsWith('.'));

const test = suite('architecture');

test('every source file stands in a room', () => {
  assert.equal(
    sources.filter((file) => roomOf(file) === undefined),
    [],
  );
});

test('imports run one way', () => {
  const wrong = local
    .map(({ from, to }) => ({ from, to: relative(root, resolve(root, dirname(from), to)) }))
    .filter(({ from, to }) => {
      const room = roomOf(from) ?? '';
      return !isWithin(to, room) && !(ARROWS[room] ?? []).some((allowed) => isWithin(to, allowed));
    })
    .map(({ from, to }) => `${from} must not import ${to}`);
  assert.equal(wrong, []);
});

test('imports of our own files carry their extension', () => {
  assert.equal(
    local.filter(({ to }) => !/\.(ts|mjs|json)$/.test(to)),
    [],
  );
});

test('a package is named where it belongs and nowhere else', () => {
  const wrong = imports
    .filter(({ from, to }) => {
      const places = Object.entries(ONLY_IN).find(([name]) => to === name || to.startsWith(`${name}/`))?.[1];
      return places !== undefined && !places.some((place) => isWithin(from, place));
    })
    .map(({ from, to }) => `${from} must not name ${to}`);
  assert.equal(wrong, []);
});

test('the client needs nothing at run time but itself', () => {
  const wrong = imports.filter(({ from, to }) => from.startsWith('client-sdk/src') && !to.startsWith('.'));
  assert.equal(wrong, []);
});

test('the domain reads no clock, draws no random number and waits for nothing', () => {
  const forbidden =
    /\bDate\.now\(|\bperformance\.|\bMath\.random\(|\brandomUUID\(|\bawait\b|\basync\b|\bsetTimeout\b/;
  const wrong = sources
    .filter((file) => file.startsWith('server/domain/'))
    .filter((file) =>
      forbidden.test(readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
    );
  assert.equal(wrong, []);
});

test.run();
