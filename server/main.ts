/** The composition root: everybody is made here, once, and ended here, in the reverse order. */
import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { openDatabase } from '../db/open.ts';
import { createApi } from './api/app.ts';
import { createReports } from './api/reports.ts';
import { answerError } from './api/request/errors.ts';
import { createStreams } from './api/streams.ts';
import { createApp, type Doors } from './app.ts';
import { createRecorder } from './audit/recorder.ts';
import { Origin } from './config/base-url.ts';
import type { Config, Secrets } from './config/config.ts';
import { createDashboard } from './dashboard/dashboard.ts';
import { auditEntry } from './domain/audit.ts';
import type { Clock } from './domain/clock.ts';
import { createHistory } from './hub/endpoints/history.ts';
import { createHub } from './hub/hub.ts';
import { createIdentity, type IdentityRoom } from './identity/create-identity.ts';
import { openPolicy } from './identity/policy/live-policy.ts';
import { watchPolicyFile } from './identity/policy/watch-file.ts';
import { createAgentTokensApp } from './identity/tokens/agent-tokens.ts';
import { createTicketsApp, Tickets } from './identity/tokens/tickets.ts';
import { createAgentDoor } from './liveness/agents/endpoint.ts';
import { createLiveness } from './liveness/liveness.ts';
import { measureLiveness } from './liveness/metrics.ts';
import { createNovaApp } from './nova/app.ts';
import { createImagesApp } from './nova/images.ts';
import { createOpenApi } from './openapi/app.ts';
import { systemClock } from './runtime/clock.ts';
import { listen } from './runtime/http.ts';
import { readTls } from './runtime/tls.ts';
import { prepare } from './runtime/ws-socket.ts';
import { applySeed } from './seed/apply.ts';
import { parseSeed } from './seed/document.ts';
import { Historian } from './stream/history-index.ts';
import { Retention } from './stream/retention.ts';
import { createEvents } from './telemetry/events.ts';
import type { Logger } from './telemetry/logger.ts';
import { countProcess, createMetrics, gauge } from './telemetry/metrics.ts';
import { createTracing, noTracing } from './telemetry/tracing.ts';
import { traceFanOut, watchCommits } from './telemetry/watched-store.ts';
import { systemTimers } from './timers.ts';
import { SERVER } from './version.ts';
import { rolesElsewhere, rolesNow } from './webhooks/current-roles.ts';
import { Targets } from './webhooks/targets.ts';
import { Webhooks } from './webhooks/webhooks.ts';

export interface Surroundings {
  readonly logger: Logger;
  readonly clock?: Clock;
}

export interface Running {
  readonly url: string;
  /** The admin's password, if one had to be invented for a new database. Shown once, kept nowhere. */
  readonly generatedPassword?: string;
  /** @throws DomainError `invalid` if the file cannot be used; the policy in force stays */
  reloadPolicy(): Promise<void>;
  /** Sends everybody away, commits what is known, lets go of the database. */
  close(): Promise<void>;
}

/**
 * Starts a server.
 * @throws DatabaseRefused, DomainError `invalid` for a file of the settings that cannot be used, the system's error if
 * the address cannot be listened on; nothing stays open then
 */
export async function serve(config: Config, secrets: Secrets, surroundings: Surroundings): Promise<Running> {
  const { logger, clock = systemClock } = surroundings;
  const rules = { order: config.hostStatusOrder, ownersSeeReason: config.ownersSeeReason };
  const opened: (() => Promise<void> | void)[] = [];
  /** Newest first. One that fails must not keep the others open. */
  const close = async () => {
    for (const end of opened.splice(0).reverse()) {
      await Promise.resolve()
        .then(end)
        .catch((error: unknown) => logger.error({ err: error }, 'closing failed'));
    }
  };
  try {
    const metrics = createMetrics();
    const events = createEvents(metrics, logger);
    countProcess(metrics, SERVER.version);
    const tracing = config.tracing ? createTracing(SERVER.version) : undefined;

    const tls = config.tls === undefined ? undefined : readTls(config.tls);
    const origin = new Origin(config);
    const { policy, reload } = await openPolicy(config.policyFile, logger);
    const database = await openDatabase(config.databaseUrl, {
      clock,
      rules,
      logger,
      cache: config.databaseCache,
    });
    opened.push(() => database.close());
    const { accounts, audit } = database;
    const store = watchCommits(database.store, {
      tracing: tracing ?? noTracing,
      now: () => clock.monotonic(),
      took: (seconds) => events.commitTook(seconds),
    });

    const { setTimer } = systemTimers;
    const reloadPolicy = async () => {
      const changes = await reload();
      if (Object.keys(changes).length === 0) return;
      const by = { actor: 'policy-file', at: clock.now() };
      await audit
        .record(auditEntry('policy.change', 'policy', changes, by))
        .catch((error: unknown) =>
          logger.error({ err: error }, 'a change of policy is not in the audit log'),
        );
    };
    if (config.policyFile !== undefined) {
      const watching = { reload: reloadPolicy, told: tellsOfPolicy(logger), setTimer };
      opened.push(watchPolicyFile(config.policyFile, watching));
    }
    const identity = createIdentity({ config, secrets, accounts, clock, logger, setTimer });
    opened.push(() => identity.close());
    const { authenticator } = identity;
    const { generatedPassword } = await identity.bootstrap({ adminPassword: secrets.adminPassword });
    const tickets = new Tickets(clock);
    authenticator.onRevoked(tickets.revoke);

    const liveness = createLiveness({ store, clock, rules, config, logger, uuid: randomUUID, events, audit });
    await liveness.start();
    opened.push(() => liveness.close());
    const retention = new Retention({ ...config, store, clock, logger, setTimer: systemTimers.setTimer });
    retention.start();
    opened.push(() => retention.close());
    const historian = new Historian({ store, logger, setTimer: systemTimers.setTimer });
    historian.start();
    opened.push(() => historian.close());
    const history = createHistory({ store, authenticator, policy, catchUp: () => historian.catchUp() });

    const hub = createHub({
      store: tracing === undefined ? store : traceFanOut(store, tracing),
      authenticator,
      policy,
      tickets,
      observer: liveness.observer,
      clock,
      settings: config,
      lobby: {
        maxWaiting: config.maxUnauthenticated,
        maxWaitingPerAddress: config.maxUnauthenticatedPerAddress,
        handshakeRate: config.handshakeRate,
      },
      prepare,
      // A write of nothing takes its turn behind all that was asked for before it.
      settled: () => store.writeLastSeen([]),
      logger,
      setTimer: systemTimers.setTimer,
      events: {
        opened: () => events.socketOpened('stream'),
        closed: (code) => events.socketClosed('stream', code),
        slowConsumer: () => events.slowConsumer(),
        subscribed: (how, reason) => events.resumeAnswered(how, reason),
      },
    });
    opened.push(() => hub.close());
    gauge(
      metrics,
      'stream_connections',
      'Sockets of owners and operators that are open.',
      () => hub.stats().connections,
    );
    measureLiveness(metrics, liveness);

    const webhooks = new Webhooks({
      ...makersRoles(config, identity, clock),
      webhooks: database.webhooks,
      store,
      policy,
      onParked: () => metrics.webhooksParked.inc(),
      targets: new Targets(config.webhookNetworks),
      maxPerProject: config.maxWebhooks,
      clock,
      setTimer,
      logger,
    });
    await webhooks.start();
    opened.push(() => webhooks.close());
    gauge(metrics, 'webhooks_active', 'Webhooks that are served.', () => webhooks.counts().served);
    gauge(
      metrics,
      'webhook_deliveries_in_flight',
      'Deliveries that are under way.',
      () => webhooks.counts().underWay,
    );

    const { baseUrl, clientAddress } = origin;
    const record = createRecorder(audit, clock, clientAddress);
    let serving = true;
    const doors: Doors = {
      own: [
        identity.door({ baseUrl, clientAddress, record }),
        createOpenApi(baseUrl),
        new Hono().route('/image', createImagesApp({ authenticator, baseUrl, clientAddress })),
        createAgentTokensApp(identity, { baseUrl, clientAddress }, record).onError(answerError(logger)),
        createDashboard(),
        createTicketsApp(tickets, authenticator, { baseUrl, clientAddress }),
        createStreams({ ...hub, history }, clientAddress),
        createApi({
          store,
          audit,
          receivers: { ...config, receiverToken: secrets.receiverToken },
          liveness,
          authenticator,
          clock,
          rules,
          logger,
          metrics,
          baseUrl,
          clientAddress,
          webhooks,
          isServing: () => serving,
          seed: (text, actor) =>
            applySeed(parseSeed(text), {
              store,
              ...(identity.directory === undefined ? {} : { accounts: identity.directory }),
              clock,
              rules,
              uuid: randomUUID,
              actor,
            }),
        }),
      ] as never,
      nova: createNovaApp({
        store,
        authenticator,
        policy,
        clock,
        rules,
        uuid: randomUUID,
        baseUrl,
        clientAddress,
        logger,
      }),
      posts: { '/v1/reports': createReports({ liveness, authenticator, logger, baseUrl, clientAddress }) },
      sockets: {
        '/v1/stream': hub.door,
        '/v1/agent': createAgentDoor({ authenticator, liveness, clock, logger, events, uuid: randomUUID }),
      },
    };
    const app = createApp(doors, origin, events, tracing);
    const edge = await listen({
      fetch: app.fetch,
      upgrade: app.upgrade,
      host: config.listen.host,
      port: config.listen.port,
      tls,
      maxFrame: config.maxFrame,
      onError: (error) => logger.error({ err: error }, 'a request failed'),
    });
    opened.push(() => edge.close());
    opened.push(() => hub.drain());
    opened.push(() => {
      serving = false;
    });
    return {
      url: edge.url,
      ...(generatedPassword === undefined ? {} : { generatedPassword }),
      reloadPolicy,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** By what rights webhooks speak for their makers. An issuer of tokens cannot be asked: there they stay as they were. */
function makersRoles(config: Config, { accounts, rolesOf }: IdentityRoom, clock: Clock) {
  if (config.auth === 'embedded') return { rolesNow: rolesNow(accounts) };
  if (rolesOf === undefined) return {};
  return { rolesNow: rolesElsewhere({ rolesOf, clock, keptFor: config.authCacheTime }) };
}

function tellsOfPolicy(logger: Logger): (error?: unknown) => void {
  return (error) => {
    if (error === undefined) logger.info('policy read anew: its file has changed');
    else logger.error({ err: error }, 'policy not read: the one in force stays');
  };
}
