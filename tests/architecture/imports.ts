/** Which part of the tree may import which: the table that the test enforces, and that docs/ARCHITECTURE.md shows. */

export interface Part {
  /** What it is, for the page. */
  readonly about: string;
  /** Whether all parts in `COMMON` may be imported. */
  readonly common?: true;
  /** What else may be imported, a folder or a file each. */
  readonly imports: readonly string[];
}

const WIRE = ['client-sdk/protocol'];
const RULES = [...WIRE, 'server/domain'];
const PORTS = [...RULES, 'server/ports'];

/** Open to every part marked `common`. */
export const COMMON: readonly string[] = [
  ...PORTS,
  'server/config',
  'server/telemetry',
  'server/timers.ts',
  'server/limits',
  'server/parse-json.ts',
  'server/plain-http.ts',
  'server/version.ts',
];

/**
 * The key is a folder or a file below the root; a file belongs to the longest key that fits. Every part may import
 * itself. A new arrow is a visible line here.
 */
export const PARTS: Readonly<Record<string, Part>> = {
  'client-sdk/protocol': {
    about: 'the wire: schemas, types, close codes; shipped in the client, shared with the server',
    imports: [],
  },
  'client-sdk/src': { about: 'the client that applications import', imports: WIRE },
  'server/domain': {
    about: 'the rules: host_status, deadlines, transitions, fan-out. Pure functions',
    imports: WIRE,
  },
  'server/ports': {
    about: 'PORTS: what the server needs of a database, and how servers are selected, sorted and paged',
    imports: RULES,
  },
  'server/config': {
    about: 'the table of settings, and how it is read',
    imports: ['server/domain', 'server/plain-http.ts'],
  },
  'server/telemetry': { about: 'logger, metrics, business events, traces', imports: WIRE },
  'server/timers.ts': { about: 'the one port for "later"', imports: ['server/domain'] },
  'server/limits': {
    about: 'what bounds work and memory: fair queues, time slices, token buckets, caches',
    imports: ['server/domain', 'server/timers.ts'],
  },
  'server/parse-json.ts': { about: 'JSON of strangers', imports: [] },
  'server/plain-http.ts': {
    about: 'requests and answers of the hot endpoints, as plain objects',
    imports: [],
  },
  'server/version.ts': { about: 'name and version of this server', imports: ['package.json'] },
  'server/socket': { about: 'PORT: what a transport must offer to those who talk over it', imports: [] },
  'server/documents': {
    about: 'the shapes of documents that come in, for every endpoint that reads them',
    imports: [...RULES, 'server/ports'],
  },
  'server/audit': { about: 'records what operators did', common: true, imports: [] },
  'server/identity': {
    about: 'who is asking and what they may do: the embedded Keystone, remote ones, tokens, keys, policy',
    common: true,
    imports: ['server/audit'],
  },
  'server/stream': {
    about: 'the log after its commit: feed, cursors, entitlement, snapshots, retention',
    common: true,
    imports: ['server/identity'],
  },
  'server/nodes': {
    about: 'several processes on one database: who leads, and what each of them has heard',
    common: true,
    imports: [],
  },
  'server/liveness': {
    about: 'reports, deadlines, the sweep, agents: finds who is silent',
    common: true,
    imports: ['server/identity', 'server/socket'],
  },
  'server/hub': {
    about: "owners' connections: endpoints, conversation, delivery",
    common: true,
    imports: ['server/identity', 'server/stream', 'server/socket', 'server/explain'],
  },
  'server/explain': {
    about: 'why a service was called what it was called: what was known, and a verdict',
    common: true,
    imports: [],
  },
  'server/webhooks': {
    about: 'delivers the log to URLs, with the view that a socket of the same owner has',
    common: true,
    imports: ['server/identity', 'server/stream'],
  },
  'server/drills': {
    about: 'rehearsals: who may start one, and what ends it in time',
    common: true,
    imports: ['server/identity'],
  },
  'server/nova': { about: 'the Nova-compatible compute API', common: true, imports: ['server/identity'] },
  'server/api': {
    about: "hostbeat's own REST API below /v1",
    common: true,
    imports: [
      'server/documents',
      'server/audit',
      'server/explain',
      'server/identity',
      'server/drills',
      'server/liveness',
      'server/nodes',
      'server/socket',
      'server/webhooks',
    ],
  },
  'server/openapi': {
    about: 'describes every endpoint from the schemas it validates with',
    common: true,
    imports: [
      'server/documents',
      'server/api',
      'server/identity',
      'server/nova',
      'server/seed',
      'server/socket',
    ],
  },
  'server/seed': { about: 'a JSON document into the database', common: true, imports: ['server/documents'] },
  'server/dashboard': {
    about: 'the web page: uses the client like any other application',
    imports: ['client-sdk/src', 'server/socket'],
  },
  'server/runtime': {
    about: 'HTTP, WebSocket, clocks, descriptors: the edge, on Node and Deno',
    imports: ['server/domain', 'server/plain-http.ts', 'server/socket'],
  },
  db: {
    about: 'adapters of the ports: SQLite and PostgreSQL',
    imports: [
      ...PORTS,
      'server/identity',
      'server/limits',
      'server/runtime/supported.mjs',
      'server/version.ts',
      'server/telemetry',
      'server/timers.ts',
    ],
  },
  'server/app.ts': {
    about: 'mounts the endpoints in the order in which requests try them',
    imports: ['server'],
  },
  'server/start': { about: 'makes each part of a server, and closes it', imports: ['server', 'db'] },
  'server/restart.ts': {
    about: 'starts a server again when its database has another log',
    imports: ['server/telemetry'],
  },
  'server/main.ts': { about: 'a server from its settings; reads top to bottom', imports: ['server'] },
  'server/embed.ts': { about: 'a server inside another program', imports: ['server'] },
  'server/cli': {
    about: 'the command `hostbeat`, a folder a command',
    imports: ['server', 'db', 'client-sdk'],
  },
};

/** Packages that only these places may name. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'better-sqlite3': ['db/sqlite/file/client.ts'],
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
  yaml: ['server/identity/policy', 'server/config/files/yaml.ts', 'server/cli/connection/clouds.ts'],
};

/** What the files of a part may import, besides the part itself. */
export function allowedImports(part: string): readonly string[] {
  const { common, imports = [] } = PARTS[part] ?? {};
  return common ? [...COMMON, ...imports] : imports;
}
