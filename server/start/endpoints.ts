import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { createApi } from '../api/app.ts';
import { createReports } from '../api/reports.ts';
import { answerError } from '../api/request/errors.ts';
import { createStreams } from '../api/streams.ts';
import { type App, createApp, mount } from '../app.ts';
import { createRecorder } from '../audit/recorder.ts';
import { createDashboard } from '../dashboard/dashboard.ts';
import type { Drills } from '../drills/drills.ts';
import type { Identity } from '../identity/identity.ts';
import { createAgentTokensApp } from '../identity/tokens/agent-tokens.ts';
import { systemRandom } from '../identity/tokens/secrets.ts';
import { createTicketsApp } from '../identity/tokens/tickets.ts';
import { WatchKeys } from '../identity/watch-keys/watch-keys.ts';
import { createAgentEndpoint } from '../liveness/agents/endpoint.ts';
import type { Liveness } from '../liveness/liveness.ts';
import type { Nodes } from '../nodes/nodes.ts';
import { createNovaApp } from '../nova/app.ts';
import { createImagesApp } from '../nova/images.ts';
import { createOpenApi } from '../openapi/app.ts';
import { createStartPage } from '../openapi/start-page.ts';
import type { CursorKeys } from '../stream/cursor-keys.ts';
import { entitlementOf, mayFollow, mayFollowAll, mayNotFollow } from '../stream/entitlement.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { Core } from './core.ts';
import type { StartedHub } from './hub.ts';
import type { StartedIdentity } from './identity.ts';
import type { StartedPolicy } from './policy.ts';
import { createImports } from './seeding.ts';
import type { Storage } from './storage.ts';

export interface EndpointParts
  extends Pick<Storage, 'store' | 'audit' | 'explanations' | 'watchKeys' | 'node'>,
    Pick<StartedPolicy, 'policy'>,
    StartedIdentity {
  readonly liveness: Liveness;
  readonly drills: Drills;
  readonly cursorKeyRing: CursorKeys;
  readonly hub: StartedHub;
  readonly webhooks: Webhooks;
  readonly nodes?: Nodes | undefined;
  /** False from the moment the server starts to close. */
  isServing(): boolean;
}

/** Every path of the server, over the started parts. */
export function mountEndpoints(core: Core, parts: EndpointParts): App {
  const { config, secrets, clock, rules, logger, events, metrics, tracing, origin } = core;
  const { store, audit, explanations, policy, identity, tickets, liveness, hub, webhooks, isServing } = parts;
  const { authenticator } = identity;
  const { baseUrl, clientAddress, repeatsHost } = origin;
  const uuid = randomUUID;
  const record = createRecorder(audit, clock, clientAddress);
  const { seed, resolver } = createImports(core, { store, identity }, uuid);
  const watchKeys = new WatchKeys({
    ...identity,
    keys: parts.watchKeys,
    clock,
    random: systemRandom,
    maxPerProject: config.maxWatchKeys,
    mayFollow: (who) => entitlementOf(who, { stream: 'project' }, policy) !== undefined,
    mayFollowAll: (who) => mayFollowAll(who, policy),
  });
  const refuses = (who: Identity) => (mayFollow(who, policy) ? undefined : mayNotFollow(who));
  const own = [
    mount(identity.endpoints({ baseUrl, clientAddress, record })),
    mount(createStartPage()),
    mount(createOpenApi(origin.publicUrl)),
    mount(new Hono().route('/image', createImagesApp({ authenticator, baseUrl, clientAddress }))),
    mount(createAgentTokensApp(identity, { baseUrl, clientAddress }, record).onError(answerError(logger))),
    mount(createDashboard()),
    mount(createTicketsApp(tickets, authenticator, { baseUrl, clientAddress, refuses })),
    mount(createStreams(hub, clientAddress)),
    mount(
      createApi({
        store,
        audit,
        receivers: {
          ...config,
          receiverToken: () => secrets.receiverToken,
          receivers: () => secrets.receivers,
        },
        liveness,
        policy,
        authenticator,
        clock,
        rules,
        logger,
        metrics,
        baseUrl,
        clientAddress,
        webhooks,
        watchKeys: { keys: watchKeys, record },
        cursorKeys: { keys: parts.cursorKeyRing, record, acceptFor: config.retention },
        explain: {
          store,
          explanations,
          watcher: liveness,
          clock,
          rules,
          catchUp: hub.catchUp,
          receipts: hub.receipts,
          webhooks,
        },
        drills: parts.drills,
        isServing,
        nodes: parts.nodes,
        databaseReport: parts.node?.report,
        seed,
        resolver,
      }),
    ),
  ];
  const nova = createNovaApp({
    store,
    authenticator,
    policy,
    clock,
    rules,
    uuid,
    addressOf: liveness.addressOf,
    baseUrl,
    repeatsHost,
    clientAddress,
    logger,
  });
  const posts = { '/v1/reports': createReports({ liveness, authenticator, logger, baseUrl, clientAddress }) };
  const sockets = {
    '/v1/stream': hub.stream,
    '/v1/agent': createAgentEndpoint({ authenticator, liveness, clock, logger, events, uuid }),
  };
  return createApp({ own, nova, posts, sockets }, origin, events, tracing);
}
