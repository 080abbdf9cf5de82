import type { Duration } from '../domain/clock.ts';
import type { HostStatusOrder } from '../domain/host-status.ts';
import type { AuthConfig, AuthSecrets } from './auth-config.ts';
import type { ReceiverToken } from './files/receivers-file.ts';

/** Settings as the parts of the server read them: checked, frozen, durations in milliseconds, secrets separate. */
export interface Config extends AuthConfig {
  readonly listen: { readonly host: string; readonly port: number };
  readonly databaseUrl: string;
  readonly databaseCache: number;
  readonly publicUrl: string | undefined;
  readonly trustedProxies: readonly string[];
  /** PEM files. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  readonly reportInterval: Duration;
  readonly serviceDownTime: Duration;
  readonly reconnectWindow: Duration;
  readonly massHold: Duration;
  /** Each `tcp:HOST:PORT`. */
  readonly witness: readonly string[];
  readonly flapDamping: boolean;
  readonly forceDownOn: readonly string[];
  readonly liftOnRecovery: boolean;
  readonly alertHostLabel: string;
  readonly receiversFile: string | undefined;
  readonly hostStatusOrder: HostStatusOrder;
  readonly ownersSeeReason: boolean;
  readonly policyFile: string | undefined;
  readonly maxConnectionsPerAddress: number;
  readonly maxUnsentBytes: number;
  readonly maxUnsentBytesPerAddress: number;
  readonly maxUnsentBytesPerConnection: number;
  readonly maxConnectionsPerProject: number;
  readonly maxUnauthenticated: number;
  readonly maxUnauthenticatedPerAddress: number;
  readonly handshakeRate: number;
  readonly maxSubscriptions: number;
  readonly maxFrame: number;
  readonly maxBacklog: number;
  readonly maxReplay: number;
  readonly retention: Duration;
  readonly retentionItems: number;
  readonly deletedRetention: Duration;
  readonly actionsRetention: Duration;
  readonly auditRetention: Duration;
  readonly auditItems: number;
  readonly healthInterval: Duration;
  readonly pingInterval: Duration;
  readonly pongTimeout: Duration;
  readonly helloTimeout: Duration;
  readonly tokenLifetime: Duration;
  readonly maxWebhooks: number;
  readonly maxWatchKeys: number;
  readonly maxDrills: number;
  readonly webhookNetworks: readonly string[];
  readonly region: string;
  readonly tracing: boolean;
  readonly logLevel: string;
  readonly logFormat: string;
}

export interface Secrets extends AuthSecrets {
  readonly adminPassword: string | undefined;
  readonly receiverToken: string | undefined;
  /** The contents of HOSTBEAT_RECEIVERS_FILE. */
  readonly receivers: readonly ReceiverToken[];
}

/** Where the secrets came from, and how they are read again. */
export interface SecretSource {
  readonly files: readonly string[];
  /** @throws Error naming what is unusable */
  read(): Promise<Secrets>;
}

/** The secrets in force. A part that uses one reads it here each time and keeps no copy. */
export type SecretsInForce = { -readonly [name in keyof Secrets]: Secrets[name] };
