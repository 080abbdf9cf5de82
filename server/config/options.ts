/** The table of settings: flags, environment variables, `config doc` and the checks all come from it. */
import { HOST_STATUS_ORDERS } from '../domain/host-status.ts';

/** How a setting is written. `seconds` and `bytes` say the unit; durations allow fractions. */
export type OptionType =
  | 'string'
  | 'secret'
  | 'seconds'
  | 'integer'
  | 'bytes'
  | 'boolean'
  | 'list'
  | readonly string[];

export interface Option {
  readonly env: string;
  readonly type: OptionType;
  readonly default?: string;
  /** Lower bound of a number. */
  readonly min?: number;
  /** Shown as the value's name in `--help`. */
  readonly value?: string;
  readonly help: string;
}

export const OPTIONS = {
  listen: {
    env: 'HOSTBEAT_LISTEN',
    type: 'string',
    default: '127.0.0.1:8774',
    value: 'HOST:PORT',
    help: 'Address to listen on. Port 0 takes a free one.',
  },
  databaseUrl: {
    env: 'HOSTBEAT_DATABASE_URL',
    type: 'string',
    default: 'sqlite:hostbeat.db',
    value: 'URL',
    help: 'Where state is kept: sqlite:PATH. The file is created if there is none.',
  },
  publicUrl: {
    env: 'HOSTBEAT_PUBLIC_URL',
    type: 'string',
    value: 'URL',
    help: 'Base of every link and of the catalog, if clients reach hostbeat by another address than it listens on.',
  },
  trustedProxies: {
    env: 'HOSTBEAT_TRUSTED_PROXIES',
    type: 'list',
    default: '',
    value: 'ADDRESS,…',
    help: 'Proxies whose X-Forwarded-For, -Proto and -Host are believed.',
  },
  tlsCert: {
    env: 'HOSTBEAT_TLS_CERT',
    type: 'string',
    value: 'FILE',
    help: 'Certificate chain (PEM); with it, TLS only.',
  },
  tlsKey: {
    env: 'HOSTBEAT_TLS_KEY',
    type: 'string',
    value: 'FILE',
    help: 'Private key of the certificate (PEM).',
  },
  adminPassword: {
    env: 'HOSTBEAT_ADMIN_PASSWORD',
    type: 'secret',
    value: 'PASSWORD',
    help: 'Password of user admin in a new database. Without it one is generated and printed once.',
  },
  reportInterval: {
    env: 'HOSTBEAT_REPORT_INTERVAL',
    type: 'seconds',
    default: '10',
    min: 0.5,
    value: 'SECONDS',
    help: 'How often a service reports.',
  },
  serviceDownTime: {
    env: 'HOSTBEAT_SERVICE_DOWN_TIME',
    type: 'seconds',
    default: '60',
    min: 0.5,
    value: 'SECONDS',
    help: 'How long silence is tolerated before a service counts as silent. Must be above the report interval.',
  },
  reconnectWindow: {
    env: 'HOSTBEAT_RECONNECT_WINDOW',
    type: 'seconds',
    default: '2',
    min: 0,
    value: 'SECONDS',
    help: 'How long an agent whose connection broke may take to come back before its services count as silent.',
  },
  massHold: {
    env: 'HOSTBEAT_MASS_HOLD',
    type: 'seconds',
    default: '10',
    min: 0,
    value: 'SECONDS',
    help: 'How long a mass silence of one zone may be held while it cannot be told whether hostbeat is deaf itself; half the service_down_time at most. 0 never holds.',
  },
  flapDamping: {
    env: 'HOSTBEAT_FLAP_DAMPING',
    type: 'boolean',
    default: 'true',
    help: 'Whether the return to UP of a service that comes and goes is held until it lasts. UNKNOWN and DOWN never are.',
  },
  hostStatusOrder: {
    env: 'HOSTBEAT_HOST_STATUS_ORDER',
    type: HOST_STATUS_ORDERS,
    default: 'documented',
    help: 'Which fact wins: "documented" puts disabled before forced_down (the API reference), "nova" the reverse (the code).',
  },
  ownersSeeReason: {
    env: 'HOSTBEAT_OWNERS_SEE_REASON',
    type: 'boolean',
    default: 'false',
    help: 'Whether owners may read disabled_reason and the reason of a force-down.',
  },
  policyFile: {
    env: 'HOSTBEAT_POLICY_FILE',
    type: 'string',
    value: 'FILE',
    help: 'policy.yaml with rules that replace the defaults, by their Nova names.',
  },
  maxConnectionsPerProject: {
    env: 'HOSTBEAT_MAX_CONNECTIONS_PER_PROJECT',
    type: 'integer',
    default: '1000',
    min: 1,
    value: 'N',
    help: 'How many sockets one project may hold.',
  },
  maxSubscriptions: {
    env: 'HOSTBEAT_MAX_SUBSCRIPTIONS',
    type: 'integer',
    default: '16',
    min: 1,
    value: 'N',
    help: 'How many subscriptions one socket may hold.',
  },
  maxFrame: {
    env: 'HOSTBEAT_MAX_FRAME',
    type: 'bytes',
    default: '65536',
    min: 1024,
    value: 'BYTES',
    help: 'Largest frame a client may send.',
  },
  maxBacklog: {
    env: 'HOSTBEAT_MAX_BACKLOG',
    type: 'bytes',
    default: '1048576',
    min: 65536,
    value: 'BYTES',
    help: 'How much may wait for a slow socket before it is closed; it resumes from its cursor.',
  },
  maxReplay: {
    env: 'HOSTBEAT_MAX_REPLAY',
    type: 'integer',
    default: '10000',
    min: 1,
    value: 'N',
    help: 'How many missed items are replayed; a client further behind gets a snapshot.',
  },
  retention: {
    env: 'HOSTBEAT_RETENTION',
    type: 'seconds',
    default: '604800',
    min: 60,
    value: 'SECONDS',
    help: 'How long the log is kept for resuming.',
  },
  retentionItems: {
    env: 'HOSTBEAT_RETENTION_ITEMS',
    type: 'integer',
    default: '1000000',
    min: 100,
    value: 'N',
    help: 'How many log rows are kept at most.',
  },
  healthInterval: {
    env: 'HOSTBEAT_HEALTH_INTERVAL',
    type: 'seconds',
    default: '5',
    min: 0.1,
    value: 'SECONDS',
    help: 'How often every socket hears that hostbeat itself is well.',
  },
  pingInterval: {
    env: 'HOSTBEAT_PING_INTERVAL',
    type: 'seconds',
    default: '25',
    min: 0.1,
    value: 'SECONDS',
    help: 'How often every socket is pinged.',
  },
  pongTimeout: {
    env: 'HOSTBEAT_PONG_TIMEOUT',
    type: 'seconds',
    default: '10',
    min: 0.1,
    value: 'SECONDS',
    help: 'How long a socket may take to answer a ping.',
  },
  helloTimeout: {
    env: 'HOSTBEAT_HELLO_TIMEOUT',
    type: 'seconds',
    default: '5',
    min: 0.1,
    value: 'SECONDS',
    help: 'How long a new socket may take to authenticate.',
  },
  tokenLifetime: {
    env: 'HOSTBEAT_TOKEN_LIFETIME',
    type: 'seconds',
    default: '3600',
    min: 1,
    value: 'SECONDS',
    help: 'How long a token of the embedded identity is valid.',
  },
  region: {
    env: 'HOSTBEAT_REGION',
    type: 'string',
    default: 'RegionOne',
    value: 'NAME',
    help: 'Region in the catalog.',
  },
  logLevel: {
    env: 'HOSTBEAT_LOG_LEVEL',
    type: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    help: 'What is logged, as JSON lines on standard error.',
  },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;

/** Variables that the commands read which talk to a running server; `serve` has no use for them. */
export const CLIENT_VARIABLES = {
  HOSTBEAT_URL: 'Where the server is reached; http://127.0.0.1:8774 without it.',
  HOSTBEAT_TOKEN: 'A token, sent as it is. Goes before OS_TOKEN and before logging in.',
  HOSTBEAT_AGENT_TOKEN: 'Token of "hostbeat agent"; goes before HOSTBEAT_TOKEN there.',
} as const satisfies Record<string, string>;
