import type { Policy } from '../../identity/policy-port.ts';
import type { Webhook } from '../../ports/webhook-store.ts';
import { entitlementOf } from '../../stream/entitlement.ts';
import type { StreamView } from '../../stream/view.ts';
import { makerIdentity } from '../maker.ts';

/** What a webhook may see with these roles of its maker, less what its owner filters out. Undefined: nothing. */
export function webhookView(
  webhook: Webhook,
  roles: readonly string[],
  policy: Policy,
): StreamView | undefined {
  const stream = { stream: 'project', project_id: webhook.projectId } as const;
  const entitlement = entitlementOf(makerIdentity(webhook, roles), stream, policy);
  if (entitlement === undefined) return undefined;
  const { servers, hostStatus, format } = webhook;
  return {
    visibility: entitlement.visibility,
    ...(servers === null ? {} : { servers: new Set(servers) }),
    // The Aodh format filters by the new status itself.
    ...(hostStatus === null || format === 'aodh' ? {} : { hostStatus: new Set(hostStatus) }),
  };
}
