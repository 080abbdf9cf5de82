import type { Authenticator, Credential, Identity } from '../identity.ts';
import { allows } from './access-rules.ts';

/**
 * Enforces the access rules of tokens. A token with rules is refused for every request that they do not name, and for a
 * caller that does not say what it requests.
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
