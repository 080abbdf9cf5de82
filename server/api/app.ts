/**
 * Our own REST API and the endpoints for operators of hostbeat, by their full paths. Other paths are left to other
 * applications.
 */
import { type Context, Hono } from 'hono';
import type { Recorder } from '../audit/recorder.ts';
import { auditEntry, countsAsChanges } from '../domain/audit.ts';
import type { Clock } from '../domain/clock.ts';
import type { Rules } from '../domain/decision.ts';
import type { Drills } from '../drills/drills.ts';
import type { ExplainContext } from '../explain/service.ts';
import type { Authenticator } from '../identity/identity.ts';
import { type AuthenticatedOptions, authenticated, type Env } from '../identity/middleware.ts';
import type { Policy } from '../identity/policy-port.ts';
import type { WatchKeys } from '../identity/watch-keys/watch-keys.ts';
import type { Liveness } from '../liveness/liveness.ts';
import type { Nodes } from '../nodes/nodes.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { DatabaseReport } from '../ports/database-report.ts';
import type { Store } from '../ports/store.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { createAsyncApi } from './async-api.ts';
import { createAudit } from './audit.ts';
import { type CursorKeysContext, createCursorKeys } from './cursor-keys.ts';
import { createDrills } from './drills.ts';
import { createExplain } from './explain.ts';
import { createHealth } from './health.ts';
import { createHosts } from './hosts.ts';
import type { InstancesContext } from './instances/context.ts';
import { createInstances } from './instances/instances.ts';
import { createNodes } from './nodes.ts';
import { createReceivers, type ReceiverSettings } from './receivers/receivers.ts';
import { answerError } from './request/errors.ts';
import { createSeed, type Seeding } from './seed.ts';
import { createServices } from './services.ts';
import { createWatchKeys } from './watch-keys.ts';
import { createWebhooks } from './webhooks.ts';

export interface ApiContext extends Omit<AuthenticatedOptions, 'api' | 'watchKeys'> {
  readonly store: Store;
  readonly liveness: Liveness;
  readonly policy: Policy;
  readonly authenticator: Pick<Authenticator, 'authenticate'>;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The audit log. Without it there is no `/v1/audit`. */
  readonly audit?: AuditLog;
  /** How to read monitors' messages; without it there are no endpoints for monitors. */
  readonly receivers?: ReceiverSettings;
  /** The data that explanations use; without it there is no `/v1/services/{uuid}/explain`. */
  readonly explain?: ExplainContext;
  /** Loads a seed document; without it there is no `/v1/seed`. */
  readonly seed?: Seeding;
  /** How an import finds projects and hosts; without it they are not looked up. */
  readonly resolver?: NonNullable<InstancesContext['resolver']>;
  /** Without it there is no `/v1/webhooks`. */
  readonly webhooks?: Webhooks;
  /** Without it there is no `/v1/watch-keys`. */
  readonly watchKeys?: { readonly keys: WatchKeys; readonly record: Recorder };
  /** Without it there is no `/v1/cursor-keys`. */
  readonly cursorKeys?: CursorKeysContext;
  /** Without it there is no `/v1/drills`. */
  readonly drills?: Drills;
  /** Whether the server has started and is not stopping. Absent: always true. */
  readonly isServing?: () => boolean;
  /** This node among several on one database. */
  readonly nodes?: Nodes | undefined;
  readonly databaseReport?: (() => Promise<DatabaseReport>) | undefined;
}

const BEHIND_A_TOKEN = [
  '/reports',
  '/instances/*',
  '/services/*',
  '/hosts',
  '/nodes',
  '/audit',
  '/seed',
  '/webhooks/*',
  '/watch-keys/*',
  '/cursor-keys',
];

export function createApi(context: ApiContext): Hono<Env> {
  const {
    store,
    liveness,
    authenticator,
    policy,
    logger,
    metrics,
    audit,
    receivers,
    explain,
    seed,
    webhooks,
    watchKeys,
    cursorKeys,
    drills,
    isServing = () => true,
  } = context;
  const { baseUrl, clientAddress } = context;
  const asking = {
    api: 'v1',
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(clientAddress === undefined ? {} : { clientAddress }),
  } as const;
  const filter = authenticated(authenticator, asking);
  const v1 = new Hono<Env>();
  v1.onError(answerError(logger));
  for (const path of BEHIND_A_TOKEN) v1.use(path, filter);
  v1.use('/drills/*', authenticated(authenticator, { ...asking, watchKeys: true }));
  v1.route('/', createInstances(context));
  v1.route('/', createServices(context));
  v1.route('/', createHosts(store, liveness, policy));
  if (explain !== undefined) v1.route('/', createExplain(explain, store, policy));
  v1.route('/', createNodes({ ...context, policy }));
  if (webhooks !== undefined) v1.route('/', createWebhooks(webhooks));
  if (watchKeys !== undefined) v1.route('/', createWatchKeys(watchKeys.keys, watchKeys.record));
  if (cursorKeys !== undefined) v1.route('/', createCursorKeys(cursorKeys));
  if (drills !== undefined) v1.route('/', createDrills(drills, clientAddress));
  if (audit !== undefined) v1.route('/', createAudit(audit));
  if (receivers !== undefined) v1.route('/', createReceivers(context, receivers, filter));
  if (seed !== undefined) v1.route('/', createSeed(seed, recordSeed(context)));

  const app = new Hono<Env>();
  app.route(
    '/',
    createHealth({ store, observer: liveness.observer, metrics, isServing, nodes: context.nodes }),
  );
  app.route('/', createAsyncApi(baseUrl));
  app.route('/v1', v1);
  return app;
}

function recordSeed({ audit, clock, clientAddress }: ApiContext) {
  return async (c: Context<Env>, applied: object): Promise<void> => {
    const by = { actor: c.var.identity.userId, at: clock.now(), from: clientAddress?.(c.req.raw) };
    await audit?.record(auditEntry('seed.apply', 'seed', countsAsChanges(applied), by));
  };
}
