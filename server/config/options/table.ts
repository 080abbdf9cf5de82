/** The table of settings: flags, environment variables, `config doc` and the checks all come from it. */
import { HOST_STATUS_ORDERS } from '../../domain/host-status.ts';
import { AUTH_OPTIONS } from './auth.ts';
import { EDGE_OPTIONS } from './edge.ts';
import type { Option } from './option.ts';
import { RETENTION_OPTIONS } from './retention.ts';
import { STREAM_OPTIONS } from './stream.ts';

export type { Option, OptionType } from './option.ts';

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
    help: 'Where state is kept: sqlite:PATH, a file that is created if it is missing, or postgres://USER@HOST/DATABASE (docs/postgres.md).',
  },
  databaseCache: {
    env: 'HOSTBEAT_DATABASE_CACHE',
    type: 'bytes',
    default: '67108864',
    min: 1048576,
    value: 'BYTES',
    help: 'How much of the database may be kept in memory. A tenth is enough on a small machine.',
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
    help: 'Password of user admin in a new database. Without it one is generated: shown on a terminal, else kept in a file beside the database.',
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
    help: 'How long a mass silence of one zone may be held back while it is unknown whether hostbeat itself is unable to receive; half the service_down_time at most. 0 never holds.',
  },
  witness: {
    env: 'HOSTBEAT_WITNESS',
    type: 'list',
    default: '',
    value: 'tcp:HOST:PORT,…',
    help: 'Addresses on the agents’ network, such as tcp:gateway:53, that hostbeat connects to when services fall silent and fewer than three others report: if none is reachable, hostbeat itself may be cut off (docs/liveness.md). 8 at most.',
  },
  flapDamping: {
    env: 'HOSTBEAT_FLAP_DAMPING',
    type: 'boolean',
    default: 'true',
    help: 'Whether the return to UP of a service that comes and goes is held until it lasts. UNKNOWN and DOWN never are.',
  },
  forceDownOn: {
    env: 'HOSTBEAT_FORCE_DOWN_ON',
    type: 'list',
    default: 'compute.host.down',
    value: 'NAME,…',
    help: 'Names of alerts (Alertmanager) and types of events (inspector) that force a host down when they are received.',
  },
  liftOnRecovery: {
    env: 'HOSTBEAT_LIFT_ON_RECOVERY',
    type: 'boolean',
    default: 'false',
    help: 'Whether a resolved alert, or an event with status "up", lifts a force-down that came the same way.',
  },
  alertHostLabel: {
    env: 'HOSTBEAT_ALERT_HOST_LABEL',
    type: 'string',
    default: 'instance',
    value: 'LABEL',
    help: 'Label of an alert that names the host; a port behind the name is cut off.',
  },
  receiverToken: {
    env: 'HOSTBEAT_RECEIVER_TOKEN',
    type: 'secret',
    value: 'TOKEN',
    help: 'Secret that Alertmanager and monitors send, which cannot log in. Without it they need an operator’s token.',
  },
  receiversFile: {
    env: 'HOSTBEAT_RECEIVERS_FILE',
    type: 'string',
    value: 'FILE',
    help: 'YAML file of named tokens for monitors, each limited to zones or hosts: "NAME: {token_file: FILE, zones: [ZONE, …], hosts: [HOST, …]}" (docs/liveness.md).',
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
  ...EDGE_OPTIONS,
  ...STREAM_OPTIONS,
  ...RETENTION_OPTIONS,
  maxWebhooks: {
    env: 'HOSTBEAT_MAX_WEBHOOKS_PER_PROJECT',
    type: 'integer',
    default: '20',
    min: 0,
    value: 'N',
    help: 'How many webhooks one project may have.',
  },
  maxWatchKeys: {
    env: 'HOSTBEAT_MAX_WATCH_KEYS_PER_PROJECT',
    type: 'integer',
    default: '1000',
    min: 0,
    value: 'N',
    help: 'How many watch keys one project may have.',
  },
  maxDrills: {
    env: 'HOSTBEAT_MAX_DRILLS_PER_PROJECT',
    type: 'integer',
    default: '20',
    min: 0,
    value: 'N',
    help: 'How many drills one project may have at once. With 0 there are none.',
  },
  webhookNetworks: {
    env: 'HOSTBEAT_WEBHOOK_NETWORKS',
    type: 'list',
    default: '',
    value: 'NETWORK,…',
    help: 'Private or local networks to which webhooks may be delivered beside the public ones, such as 10.20.0.0/16.',
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
  ...AUTH_OPTIONS,
  tracing: {
    env: 'HOSTBEAT_TRACING',
    type: 'boolean',
    default: 'false',
    help: 'Whether spans of requests, commits and fan-outs are made, for an OpenTelemetry SDK that is loaded into the process.',
  },
  logLevel: {
    env: 'HOSTBEAT_LOG_LEVEL',
    type: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    default: 'info',
    help: 'What is logged, on standard error.',
  },
  logFormat: {
    env: 'HOSTBEAT_LOG_FORMAT',
    type: ['auto', 'json', 'text'],
    default: 'auto',
    help: 'How it is logged: "json" for programs, "text" for people; "auto" is text on a terminal and JSON elsewhere.',
  },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof OPTIONS;

/** Variables of the commands that talk to a running server; `serve` does not read them. */
export const CLIENT_VARIABLES = {
  HOSTBEAT_URL:
    'URL of the server, by default http://127.0.0.1:8774. Several nodes are separated by commas: the first that answers is used.',
  HOSTBEAT_CONFIG: 'A configuration file of "hostbeat serve"; --config goes first.',
  HOSTBEAT_TOKEN: 'A token, sent as it is. Goes before OS_TOKEN and before logging in.',
  HOSTBEAT_AGENT_TOKEN: 'Token of "hostbeat agent"; goes before HOSTBEAT_TOKEN there.',
} as const satisfies Record<string, string>;
