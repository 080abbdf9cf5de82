import { DomainError } from '../domain/errors.ts';
import type { Identity } from '../identity/identity.ts';
import type { Policy } from '../identity/policy-port.ts';
import type { Numbering } from '../ports/log.ts';
import { entitlementOf } from '../stream/entitlement.ts';

export interface WebhookRights {
  readonly projectId: string;
  /** How much of the project's stream the policy shows to this caller. */
  readonly visibility: Numbering;
}

/** @throws DomainError `forbidden` for a caller who may have no webhooks, whatever it asks for */
export function webhookRights(identity: Identity, policy: Policy): WebhookRights {
  const { projectId } = identity;
  if (projectId === null) {
    throw new DomainError('forbidden', 'The token has no project: get one that is scoped to a project');
  }
  const own = { stream: 'project', project_id: projectId } as const;
  const entitlement = entitlementOf(identity, own, policy);
  if (entitlement === undefined) {
    throw new DomainError('forbidden', 'The policy does not show host_status to this token');
  }
  return { projectId, visibility: entitlement.visibility };
}
