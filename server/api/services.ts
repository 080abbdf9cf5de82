import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { FENCE_STATES } from '../../client-sdk/protocol/items.ts';
import { Name } from '../documents/schemas.ts';
import { checked } from '../documents/validate.ts';
import { auditOfService, type By } from '../domain/audit.ts';
import { type Clock, rfc3339 } from '../domain/clock.ts';
import type { Rules, ServiceDecision } from '../domain/decision.ts';
import { DomainError } from '../domain/errors.ts';
import { evidenceOf } from '../domain/fan-out.ts';
import { serviceStatus } from '../domain/host-status.ts';
import { COMPUTE, factsOf, type Service } from '../domain/service.ts';
import { SHORTEST_PERIOD } from '../domain/silence/deadline.ts';
import { onSettings, onSwitched, type ServiceSettings } from '../domain/transition.ts';
import type { Env } from '../identity/middleware.ts';
import { FENCE_RULE, FORCE_DOWN_RULE, LIFT_RULE, SETTINGS_RULE } from '../identity/policy/served.ts';
import type { Liveness } from '../liveness/liveness.ts';
import type { Store } from '../ports/store.ts';
import type { Service as ServiceAnswer, ServiceBrief, ServiceDetail } from './answers/services.ts';
import { readJson } from './request/body.ts';
import { page, pageQuery } from './request/page.ts';
import { demand, may, type Permissions, permitted } from './request/permission.ts';

export interface ServicesContext {
  readonly store: Pick<Store, 'service' | 'services' | 'updateService' | 'countOnHost'>;
  readonly liveness: Pick<Liveness, 'config' | 'knowledgeOf'>;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly policy: Permissions;
  readonly clientAddress?: (request: Request) => string | undefined;
}

const LIST_RULE = 'os_compute_api:os-services:list';
const MAX_BODY = 16 * 1024;
const Period = z.int().min(SHORTEST_PERIOD, `must be at least ${SHORTEST_PERIOD}`).nullable();

/** Fields that Nova does not have. A field that is left out stays; null takes the deployment's default. */
export const ServiceSettingsBody = z.strictObject({
  zone: Name.optional(),
  report_interval_ms: Period.optional(),
  service_down_time_ms: Period.optional(),
  fence: z.enum(FENCE_STATES).optional(),
  forced_down: z.boolean().optional(),
  forced_down_reason: Name.nullable().optional(),
});
type SettingsBody = z.output<typeof ServiceSettingsBody>;

/** `/services`: an operator's view of services, with the fields that Nova's `os-services` lacks. */
export function createServices(context: ServicesContext): Hono<Env> {
  const { store, clock, rules, policy, clientAddress } = context;
  const app = new Hono<Env>();
  const reads = permitted(policy, LIST_RULE);
  const writes = permitted(policy, FORCE_DOWN_RULE, LIFT_RULE, FENCE_RULE, SETTINGS_RULE);

  app.get('/services', reads, async (c) => {
    const { limit, marker } = pageQuery(c);
    const { host, binary } = c.req.query();
    const all = await store.services({
      ...(host === undefined ? {} : { host }),
      ...(binary === undefined ? {} : { binary }),
    });
    const { items, next } = page(all, ({ uuid }) => uuid, marker, limit);
    return c.json({ services: items.map((service) => representation(service, context)), next });
  });

  app.get('/services/:uuid', reads, async (c) => {
    const service = await store.service({ uuid: uuidOf(c) });
    if (service === undefined) throw notFound(uuidOf(c));
    return c.json(await detail(service, context));
  });

  app.put('/services/:uuid', writes, async (c) => {
    const uuid = uuidOf(c);
    const body = checked(ServiceSettingsBody, await readJson(c.req.raw, MAX_BODY));
    demand(c, policy, rulesOf(body));
    const by = { actor: c.var.identity.userId, at: clock.now(), from: clientAddress?.(c.req.raw) };
    const service = await store.updateService(
      { uuid },
      (current) => {
        if (current === undefined) throw notFound(uuid);
        checkPeriods(current, body, context.liveness.config);
        return decided(current, body, by, rules);
      },
      { urgent: body.fence !== undefined || body.forced_down !== undefined },
    );
    if (may(c.var.identity, policy, [LIST_RULE])) return c.json(await detail(service as Service, context));
    return c.json(brief(service as Service, context));
  });

  return app;
}

/** The policy rules that a body needs. A fencing agent's account has the first of them and no other. */
function rulesOf(body: SettingsBody): string[] {
  const { forced_down: forcedDown, forced_down_reason: reason, fence, ...settings } = body;
  const rules: string[] = [];
  if (forcedDown === true) rules.push(FORCE_DOWN_RULE);
  if (forcedDown === false || (forcedDown === undefined && reason !== undefined)) rules.push(LIFT_RULE);
  if (fence !== undefined) rules.push(FENCE_RULE);
  if (Object.keys(settings).length > 0 || rules.length === 0) rules.push(SETTINGS_RULE);
  return rules;
}

function decided(current: Service, body: SettingsBody, by: By, rules: Rules): ServiceDecision {
  const settings: ServiceSettings = {
    ...(body.zone === undefined ? {} : { zone: body.zone }),
    ...(body.report_interval_ms === undefined ? {} : { reportIntervalMs: body.report_interval_ms }),
    ...(body.service_down_time_ms === undefined ? {} : { serviceDownTimeMs: body.service_down_time_ms }),
  };
  const set = onSettings(current, settings, by.at);
  const { forced_down, forced_down_reason, fence } = body;
  const isDown = forced_down ?? current.forcedDown;
  if (!isDown) {
    refuseWithoutForceDown('fence', fence !== undefined && fence !== 'none');
    refuseWithoutForceDown('forced_down_reason', typeof forced_down_reason === 'string');
  }
  const switched = [forced_down, forced_down_reason, fence].some((given) => given !== undefined);
  const decision = switched
    ? onSwitched(
        set.service,
        {
          forcedDown: isDown,
          ...(forced_down_reason === undefined ? {} : { forcedDownReason: forced_down_reason }),
          ...(fence === undefined ? {} : { fence }),
        },
        by,
        rules,
      )
    : set;
  const audit = auditOfService(current, decision.service, by);
  return audit === undefined ? decision : { ...decision, audit };
}

function refuseWithoutForceDown(field: string, isGiven: boolean): void {
  if (!isGiven) return;
  throw new DomainError('conflict', `${field}: a service that is not forced down has none; set forced_down`, {
    field,
  });
}

/** A down time below the report interval would call the service silent between any two reports. */
function checkPeriods(current: Service, body: SettingsBody, deployment: Liveness['config']): void {
  const own = {
    interval: body.report_interval_ms === undefined ? current.reportIntervalMs : body.report_interval_ms,
    downTime: body.service_down_time_ms === undefined ? current.serviceDownTimeMs : body.service_down_time_ms,
  };
  const interval = own.interval ?? deployment.reportInterval;
  const downTime = own.downTime ?? deployment.serviceDownTime;
  if (downTime > interval) return;
  const field = body.service_down_time_ms === undefined ? 'report_interval_ms' : 'service_down_time_ms';
  throw new DomainError(
    'invalid',
    `${field}: service_down_time (${downTime} ms) must be above report_interval (${interval} ms)`,
    { field },
  );
}

/** For a caller who may change a service but not read it: only the fields that the caller has just set. */
function brief(service: Service, { rules }: ServicesContext): ServiceBrief {
  const { uuid, host, binary, forcedDownReason } = service;
  return {
    uuid,
    host,
    binary,
    host_status: serviceStatus(service, rules.order),
    facts: factsOf(service),
    forced_down_reason: forcedDownReason,
  };
}

async function detail(service: Service, context: ServicesContext): Promise<ServiceDetail> {
  const servers = service.binary === COMPUTE ? await context.store.countOnHost(service.host) : 0;
  return { ...representation(service, context), servers };
}

function representation(service: Service, { liveness, rules }: ServicesContext): ServiceAnswer {
  const knowledge = liveness.knowledgeOf(service);
  const lastSeenUp = knowledge?.lastSeenUp ?? service.lastSeenUp;
  return {
    uuid: service.uuid,
    id: service.id,
    host: service.host,
    binary: service.binary,
    zone: service.zone,
    host_status: serviceStatus(service, rules.order),
    since: rfc3339(service.statusSince),
    facts: factsOf(service),
    disabled_reason: service.disabledReason,
    forced_down_at: service.forcedDownAt === null ? null : rfc3339(service.forcedDownAt),
    forced_down_by: service.forcedDownBy,
    forced_down_reason: service.forcedDownReason,
    ...evidenceOf(service),
    fence: service.fence,
    /** The first report after the force-down: the host that should be fenced still runs. */
    heard_while_forced_down_at:
      service.heardForcedDownAt === null ? null : rfc3339(service.heardForcedDownAt),
    /** Null takes the deployment's default. */
    report_interval_ms: service.reportIntervalMs,
    service_down_time_ms: service.serviceDownTimeMs,
    confidence: knowledge?.confidence ?? 'observed',
    liveness: {
      last_seen_up: lastSeenUp === null ? null : rfc3339(lastSeenUp),
      silent_in_ms: knowledge?.silentInMs ?? null,
      connected: knowledge?.connected ?? false,
      held:
        knowledge?.held === undefined ? null : { for_ms: knowledge.held.forMs, edges: knowledge.held.edges },
      report_interval_ms: knowledge?.reportIntervalMs ?? liveness.config.reportInterval,
      service_down_time_ms: knowledge?.serviceDownTimeMs ?? liveness.config.serviceDownTime,
    },
    created_at: rfc3339(service.createdAt),
    updated_at: rfc3339(service.updatedAt),
  };
}

function uuidOf(c: Context<Env, '/services/:uuid'>): string {
  return c.req.param('uuid').toLowerCase();
}

function notFound(uuid: string): DomainError {
  return new DomainError('not_found', `There is no service ${uuid}`);
}
