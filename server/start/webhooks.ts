import type { Nodes } from '../nodes/nodes.ts';
import { systemNames } from '../runtime/system-names.ts';
import { gauge } from '../telemetry/metrics.ts';
import { systemTimers } from '../timers.ts';
import { keystoneRoles, storedRoles } from '../webhooks/current-roles.ts';
import { nameLookups } from '../webhooks/name-lookups.ts';
import { Targets } from '../webhooks/targets.ts';
import { Webhooks } from '../webhooks/webhooks.ts';
import type { Core } from './core.ts';
import type { StartedIdentity } from './identity.ts';
import type { StartedPolicy } from './policy.ts';
import type { Storage } from './storage.ts';

export interface WebhookParts
  extends Pick<Storage, 'store' | 'webhooks'>,
    Pick<StartedPolicy, 'policy'>,
    Pick<StartedIdentity, 'identity'> {
  readonly nodes?: Nodes | undefined;
}

/** Starts delivering to every active webhook. */
export async function startWebhooks(core: Core, parts: WebhookParts): Promise<Webhooks> {
  const { config, clock, logger, metrics, closing } = core;
  const webhooks = new Webhooks({
    ...currentRoles(core, parts.identity),
    webhooks: parts.webhooks,
    store: parts.store,
    policy: parts.policy,
    onParked: () => metrics.webhooksParked.inc(),
    targets: new Targets(config.webhookNetworks, nameLookups({ lookup: systemNames(), clock })),
    maxPerProject: config.maxWebhooks,
    clock,
    setTimer: systemTimers.setTimer,
    logger,
  });
  const { nodes } = parts;
  await webhooks.start(nodes === undefined);
  nodes?.onLead((leads) => webhooks.lead(leads));
  closing.add(() => webhooks.close());
  gauge(metrics, 'webhooks_active', 'Webhooks that are served.', () => webhooks.counts().served);
  gauge(metrics, 'webhook_deliveries_in_flight', 'Deliveries that are under way.', () => {
    return webhooks.counts().underWay;
  });
  return webhooks;
}

/**
 * The roles with which a webhook delivers. An OIDC issuer cannot be asked for them: there they stay as they were when
 * the webhook was created.
 */
function currentRoles({ config, clock }: Core, { accounts, rolesOf }: StartedIdentity['identity']) {
  if (config.auth === 'embedded') return { storedRoles: storedRoles(accounts, () => clock.now()) };
  if (rolesOf === undefined) return {};
  return { storedRoles: keystoneRoles({ rolesOf, clock, keptFor: config.authCacheTime }) };
}
