import type { Identity } from '../identity/identity.ts';
import type { Webhook } from '../ports/webhook-store.ts';

/** Who made a webhook, or changed it last: it is shown what he is shown. */
export function identityOf({ userId, projectId }: Webhook, roles: readonly string[]): Identity {
  return {
    kind: 'user',
    userId,
    userName: userId,
    // Not kept with the webhook: a rule that asks for it opens nothing.
    userDomainId: undefined,
    projectId,
    projectName: null,
    roles,
    expiresAt: null,
    hosts: [],
  };
}
