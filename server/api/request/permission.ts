/** Asks the policy who may call what in our own REST API, as the compute API does. */
import type { Context, MiddlewareHandler } from 'hono';
import { DomainError } from '../../domain/errors.ts';
import type { Identity } from '../../identity/identity.ts';
import type { Env } from '../../identity/middleware.ts';
import type { Policy } from '../../identity/policy-port.ts';

export type Permissions = Pick<Policy, 'allows'>;

/** Allows a caller who has one of the rules. */
export function permitted(policy: Permissions, ...rules: readonly string[]): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!may(c.var.identity, policy, rules)) throw notPermitted(rules);
    await next();
  };
}

/** @throws DomainError `forbidden` unless the caller has every one of the rules */
export function demand(c: Context<Env>, policy: Permissions, rules: readonly string[]): void {
  const missing = rules.filter((rule) => !may(c.var.identity, policy, [rule]));
  if (missing.length > 0) throw notPermitted(missing);
}

/** An agent is not a user, even where the policy allows every user. */
export function may(identity: Identity, policy: Permissions, rules: readonly string[]): boolean {
  return identity.kind === 'user' && rules.some((rule) => policy.allows(rule, identity));
}

function notPermitted(rules: readonly string[]): DomainError {
  return new DomainError('forbidden', `The policy does not allow this to the token: ${rules.join(' or ')}`);
}
