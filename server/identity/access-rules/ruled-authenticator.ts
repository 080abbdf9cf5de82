import type { Authenticator, Credential, Identity } from '../identity.ts';
import { allows } from './access-rules.ts';

/**
 * Holds every token to its access rules. A token that has some is as good as none for any other request, and for a
 * caller that does not say what is requested.
 */
export function withAccessRules(inner: Authenticator): Authenticator {
  return {
    async authenticate(credential: Credential): Promise<Identity | undefined> {
      const identity = await inner.authenticate(credential);
      const rules = identity?.accessRules;
      return rules === undefined || allows(rules, credential.request) ? identity : undefined;
    },
    onRevoked: (listener, relying) => inner.onRevoked(listener, relying),
    ...(inner.longestToken === undefined ? {} : { longestToken: inner.longestToken }),
    ...(inner.challenge === undefined ? {} : { challenge: inner.challenge }),
  };
}
