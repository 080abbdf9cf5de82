import { BoundedAudit } from '../audit/bounded.ts';
import { createExplain } from '../hub/endpoints/explain.ts';
import { createHistory } from '../hub/endpoints/history.ts';
import { createStatus } from '../hub/endpoints/status.ts';
import { createHub, type Hub } from '../hub/hub.ts';
import type { Liveness } from '../liveness/liveness.ts';
import { prepare } from '../runtime/ws-socket.ts';
import type { RequestHandler } from '../socket/handshake.ts';
import type { CursorKeys } from '../stream/cursor-keys.ts';
import { HistoryIndex } from '../stream/history-index.ts';
import { Retention } from '../stream/retention.ts';
import { gauge } from '../telemetry/metrics.ts';
import { traceFanOut } from '../telemetry/watched-store.ts';
import { systemTimers } from '../timers.ts';
import type { Core } from './core.ts';
import type { StartedIdentity } from './identity.ts';
import type { StartedPolicy } from './policy.ts';
import type { Storage } from './storage.ts';

export interface StartedHub extends Hub {
  /** For `GET /v1/history`. */
  readonly history: RequestHandler;
  /** For `GET /v1/status`. */
  readonly status: RequestHandler;
  /** For `GET /v1/explain`. */
  readonly explain: RequestHandler;
  /** Brings the log's index by server and service up to date. */
  catchUp(): Promise<void>;
}

export interface HubParts
  extends Pick<Storage, 'store' | 'audit' | 'webhooks'>,
    Pick<StartedPolicy, 'policy'>,
    StartedIdentity {
  readonly cursorKeyRing: CursorKeys;
  readonly liveness: Pick<Liveness, 'observer' | 'observed'>;
}

/** Limits the log, indexes its history, and sends committed changes to sockets. */
export function startHub(
  core: Core,
  { store, audit, webhooks, policy, identity, tickets, liveness, cursorKeyRing }: HubParts,
): StartedHub {
  const { config, clock, rules, logger, events, metrics, tracing, closing } = core;
  const { setTimer } = systemTimers;
  const { authenticator } = identity;
  const boundedAudit = new BoundedAudit({ audit, clock, limit: config.auditItems });
  gauge(
    metrics,
    'audit_entries',
    'Entries of the audit log of projects and accounts, as last counted.',
    () => {
      return boundedAudit.entries;
    },
  );
  const retention = new Retention({ ...config, store, clock, logger, setTimer, boundedAudit });
  retention.start();
  closing.add(() => retention.close());
  const index = new HistoryIndex({ store, logger, setTimer });
  index.start();
  closing.add(() => index.close());
  const catchUp = () => index.catchUp();
  const history = createHistory({ store, authenticator, policy, catchUp });
  const { observer } = liveness;
  const status = createStatus({ store, authenticator, policy, observer, rules, clock });

  const hub = createHub({
    store: tracing === undefined ? store : traceFanOut(store, tracing),
    cursorKeys: cursorKeyRing,
    authenticator,
    policy,
    tickets,
    observer,
    clock,
    settings: config,
    handshakeLimits: {
      maxWaiting: config.maxUnauthenticated,
      maxWaitingPerAddress: config.maxUnauthenticatedPerAddress,
      handshakeRate: config.handshakeRate,
    },
    prepare,
    // An empty write waits for all earlier writes.
    settled: () => store.writeLastSeen([]),
    logger,
    setTimer,
    events: {
      opened: () => events.socketOpened('stream'),
      closed: (code) => events.socketClosed('stream', code),
      slowConsumer: () => events.slowConsumer(),
      subscribed: (how, reason) => events.resumeAnswered(how, reason),
    },
  });
  closing.add(() => hub.close());
  gauge(metrics, 'stream_connections', 'Sockets of owners and operators that are open.', () => {
    return hub.stats().connections;
  });
  const { receipts } = hub;
  const explain = createExplain({
    store,
    authenticator,
    policy,
    clock,
    watcher: liveness,
    receipts,
    webhooks,
    catchUp,
  });
  return { ...hub, history, status, explain, catchUp };
}
