import type { Identity } from '../identity/identity.ts';
import type { Webhook } from '../ports/webhook-store.ts';

/** The identity of the user who made a webhook or changed it last: the webhook shows what this user may see. */
export function makerIdentity({ userId, projectId }: Webhook, roles: readonly string[]): Identity {
  return {
    kind: 'user',
    userId,
    userName: userId,
    // The webhook does not store it, so a policy rule that needs it grants nothing.
    userDomainId: undefined,
    projectId,
    projectName: null,
    roles,
    expiresAt: null,
    hosts: [],
  };
}
