import type { ResetReason, Synced } from '../../../client-sdk/protocol/downstream.ts';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Observer } from '../../domain/silence/observer.ts';
import type { Authenticator, Identity } from '../../identity/identity.ts';
import type { Policy } from '../../identity/policy-port.ts';
import type { TimeSlices } from '../../limits/time-slices.ts';
import type { Store } from '../../ports/store.ts';
import type { Cursors } from '../../stream/cursor.ts';
import type { Snapshots } from '../../stream/snapshot.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { SetTimer, Soon } from '../../timers.ts';
import type { Channels } from '../delivery/channel.ts';
import type { Receipts } from '../delivery/receipts.ts';
import type { Connections } from './connections.ts';
import type { HandshakeLimits } from './handshake-limits.ts';
import type { HealthFrames } from './health-frames.ts';
import type { Keepalive } from './keepalive.ts';
import type { HealthAudience } from './observer.ts';

/** The settings that the hub reads. */
export type HubSettings = Pick<
  Config,
  | 'maxConnectionsPerProject'
  | 'maxSubscriptions'
  | 'maxFrame'
  | 'maxBacklog'
  | 'maxReplay'
  | 'healthInterval'
  | 'pingInterval'
  | 'pongTimeout'
  | 'helloTimeout'
>;

/** PORT. One-use tickets, with which a browser opens its WebSocket. Identity provides them. */
export interface Tickets {
  redeem(ticket: string): Identity | undefined | Promise<Identity | undefined>;
}

/** Events for metrics. None of these functions may throw. */
export interface HubEvents {
  opened?(): void;
  /** With the code that we closed it with, whether or not the peer answered; otherwise with the peer's code. */
  closed?(code: number): void;
  subscribed?(how: Synced['how'], reason: ResetReason | undefined): void;
  /** Called as soon as the hub disconnects a slow consumer; `closed` follows when the connection has ended. */
  slowConsumer?(): void;
}

/** What the connections of one hub share. Each part names what it needs of it; only `createHub` knows all of it. */
export interface HubContext {
  readonly settings: HubSettings;
  readonly store: Pick<Store, 'epoch' | 'bounds' | 'log'>;
  readonly snapshots: Snapshots;
  readonly slices: TimeSlices;
  readonly authenticator: Authenticator;
  readonly tickets: Tickets | undefined;
  readonly policy: Policy;
  readonly observer: Observer;
  readonly health: Readonly<Record<HealthAudience, HealthFrames>>;
  readonly keepalive: Keepalive;
  readonly clock: Clock;
  readonly channels: Channels;
  readonly cursors: Cursors;
  readonly receipts: Receipts;
  readonly connections: Connections;
  readonly handshakeLimits: HandshakeLimits;
  readonly logger: Logger;
  readonly events: HubEvents;
  readonly setTimer: SetTimer;
  readonly soon: Soon;
  /** 0 <= x < 1. */
  readonly random: () => number;
  readonly sessionId: () => string;
}
