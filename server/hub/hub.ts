import { randomUUID } from 'node:crypto';
import { CLOSE } from '../../client-sdk/protocol/close-codes.ts';
import type { Clock, Duration } from '../domain/clock.ts';
import type { Observer } from '../domain/silence/observer.ts';
import type { Receipt, RowNumbers } from '../explain/deliveries.ts';
import type { Authenticator } from '../identity/identity.ts';
import type { Policy } from '../identity/policy-port.ts';
import { type TimeSlices, timeSlices } from '../limits/time-slices.ts';
import type { StreamName } from '../ports/log.ts';
import type { SnapshotRemark, Store } from '../ports/store.ts';
import type { RequestHandler, UpgradeHandler } from '../socket/handshake.ts';
import type { Prepare, Socket, SocketEvents } from '../socket/socket.ts';
import { Cursors } from '../stream/cursor.ts';
import type { KeyRing } from '../stream/cursor-keys.ts';
import { Feed } from '../stream/feed.ts';
import { Snapshots } from '../stream/snapshot.ts';
import type { Logger } from '../telemetry/logger.ts';
import { type SetTimer, type Soon, systemTimers } from '../timers.ts';
import type { Authenticated } from './connection/authentication.ts';
import { Connections, type SubscriptionProgress } from './connection/connections.ts';
import type { HubContext, HubEvents, HubSettings, Tickets } from './connection/context.ts';
import { drain, leave } from './connection/drain.ts';
import { HANDSHAKE_BOUNDS, type HandshakeBounds, HandshakeLimits } from './connection/handshake-limits.ts';
import { HealthFrames } from './connection/health-frames.ts';
import { Keepalive } from './connection/keepalive.ts';
import { healthTextOf } from './connection/observer.ts';
import { Channels } from './delivery/channel.ts';
import { FanOut } from './delivery/fan-out.ts';
import { type Progress, Receipts } from './delivery/receipts.ts';
import { createChanges } from './endpoints/changes.ts';
import { createEvents } from './endpoints/events.ts';
import { createStreamEndpoint } from './endpoints/stream.ts';
import { Session } from './session/session.ts';

export interface HubOptions {
  readonly store: Pick<
    Store,
    'epoch' | 'signingKey' | 'bounds' | 'log' | 'projectSnapshot' | 'hostsSnapshot' | 'onCommit'
  >;
  /** Without them, the database's own key seals cursors. */
  readonly cursorKeys?: KeyRing | undefined;
  readonly authenticator: Authenticator;
  readonly policy: Policy;
  readonly tickets?: Tickets;
  readonly observer: Observer;
  readonly clock: Clock;
  readonly settings: HubSettings;
  /** Limits on connections that have not authenticated. */
  readonly handshakeLimits?: Partial<HandshakeBounds>;
  /** The runtime's way to frame a text once for many sockets. */
  readonly prepare: Prepare;
  /** Resolves when everything requested so far is committed: no client is disconnected before it has received it. */
  readonly settled?: () => Promise<void>;
  readonly logger: Logger;
  readonly setTimer: SetTimer;
  /** Calls back after the event loop has turned once. */
  readonly soon?: Soon;
  /** Shares long work with that of the other parts of the server. */
  readonly slices?: TimeSlices;
  /** 0 <= x < 1. */
  readonly random?: () => number;
  readonly sessionId?: () => string;
  readonly events?: HubEvents;
}

export interface HubStats {
  readonly connections: number;
  readonly authenticated: number;
  readonly subscriptions: number;
  /** Number of streams with followers. */
  readonly streams: number;
}

/** One connection, as an operator sees it. */
export interface ConnectionView {
  readonly session: string;
  readonly projectId: string | null;
  readonly userId: string;
  readonly subscriptions: readonly Pick<SubscriptionProgress, 'stream' | 'acked' | 'sent'>[];
}

export interface Hub {
  /** For `/v1/stream`. */
  readonly stream: UpgradeHandler;
  /** For `GET /v1/events`: the same frames as Server-Sent Events. */
  readonly events: RequestHandler;
  /** For `GET /v1/changes`: the same by long poll. */
  readonly changes: RequestHandler;
  /**
   * Starts a session on any socket, also on an event stream, whose one request becomes a `subscribe`. @param
   * authenticated undefined: the client will send `hello`
   */
  admit(socket: Socket, address: string | undefined, authenticated: Authenticated | undefined): SocketEvents;
  stats(): HubStats;
  /** The open connections, and how far each has acknowledged what it was sent. */
  connections(): readonly ConnectionView[];
  /** The subscriptions that were sent a row of a stream, as far as the hub remembers them. */
  receipts(stream: StreamName, row: RowNumbers): readonly Receipt[];
  /** Refuses new connections, and disconnects the present ones over `window`. */
  drain(window?: Duration): Promise<void>;
  /** Ends the remaining connections. */
  close(): Promise<void>;
}

/** Long enough that ten thousand clients do not return at the same instant. */
const DRAIN_WINDOW: Duration = 2_000;

/** Delivers every committed change to all clients that may see it. Learns about commits only from `store.onCommit`. */
export function createHub(options: HubOptions): Hub {
  const { store, authenticator, policy, observer, clock, settings, logger, setTimer, prepare } = options;
  const feed = new Feed({ store, logger, setTimer });
  const cursors = new Cursors(store, options.cursorKeys);
  const connections = new Connections(settings.maxConnectionsPerProject);
  const { settled = async () => undefined } = options;
  const soon = options.soon ?? systemTimers.soon;
  const receipts = new Receipts();
  const slices = options.slices ?? timeSlices;
  const fanOut = new FanOut(soon);
  const channels = new Channels(feed, cursors, prepare, fanOut);
  const remark: SnapshotRemark = (service) => {
    const confidence = observer.doubtAbout(service);
    return confidence === undefined ? {} : { confidence };
  };
  const context: HubContext = {
    settings,
    store,
    snapshots: new Snapshots(store, remark, { soon, slices }),
    slices,
    handshakeLimits: new HandshakeLimits({ ...HANDSHAKE_BOUNDS, ...options.handshakeLimits }, clock),
    authenticator,
    tickets: options.tickets,
    policy,
    observer,
    health: {
      owners: new HealthFrames(
        healthTextOf(observer, 'owners', () => clock.now()),
        prepare,
      ),
      operators: new HealthFrames(
        healthTextOf(observer, 'operators', () => clock.now()),
        prepare,
      ),
    },
    keepalive: new Keepalive({ clock, setTimer, settings }),
    clock,
    channels,
    cursors,
    receipts,
    connections,
    logger,
    events: options.events ?? {},
    setTimer,
    soon,
    random: options.random ?? Math.random,
    sessionId: options.sessionId ?? randomUUID,
  };
  context.keepalive.start();
  const stopListening = [
    authenticator.onRevoked(
      (gone) => {
        for (const connection of connections) void connection.onRevoked(gone);
      },
      () => [...connections].flatMap(({ identity }) => identity ?? []),
    ),
    policy.onChanged(() => {
      for (const connection of connections) connection.onPolicyChanged();
    }),
  ];
  let draining = false;
  const admit: Hub['admit'] = (socket, address, authenticated) => {
    context.events.opened?.();
    const session = new Session(socket, context, { address, authenticated });
    // The drain may have started while this connection was being accepted.
    if (draining) session.close(CLOSE.drain);
    return session;
  };
  const host = { admit, isShut: () => draining };
  return {
    stream: createStreamEndpoint(context, host),
    events: createEvents(context, host),
    changes: createChanges(context, host),
    admit,
    stats() {
      const all = [...connections];
      return {
        connections: all.length,
        authenticated: all.filter(({ identity }) => identity !== undefined).length,
        subscriptions: all.reduce((sum, connection) => sum + connection.subscriptions, 0),
        streams: channels.size,
      };
    },
    connections: () =>
      [...connections].flatMap((connection) =>
        connection.identity === undefined
          ? []
          : [
              {
                session: connection.id,
                projectId: connection.identity.projectId,
                userId: connection.identity.userId,
                subscriptions: connection
                  .acknowledged()
                  .map(({ stream, acked, sent }) => ({ stream, acked, sent })),
              },
            ],
      ),
    receipts: (stream, row) => receipts.of(stream, row, progressOf(connections)),
    async drain(window = DRAIN_WINDOW) {
      draining = true;
      await drain(connections, { window, setTimer, settled: () => settled().then(() => fanOut.flush()) });
    },
    async close() {
      draining = true;
      for (const stop of stopListening) stop();
      await leave(connections, setTimer);
      context.keepalive.stop();
      feed.close();
    },
  };
}

function* progressOf(connections: Connections): Iterable<Progress> {
  for (const connection of connections) {
    const { id: session, identity } = connection;
    if (identity === undefined) continue;
    for (const progress of connection.acknowledged()) yield { ...progress, session, userId: identity.userId };
  }
}
