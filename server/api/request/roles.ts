import type { MiddlewareHandler } from 'hono';
import { DomainError } from '../../domain/errors.ts';
import { hasRole, type Identity } from '../../identity/identity.ts';
import type { Env } from '../../identity/middleware.ts';

/** Operators and their programs: the roles that see hosts by name. */
export function isOperator(identity: Identity): boolean {
  return identity.kind === 'user' && (hasRole(identity, 'admin') || hasRole(identity, 'service'));
}

export const operatorsOnly: MiddlewareHandler<Env> = async (c, next) => {
  if (!isOperator(c.var.identity)) {
    throw new DomainError(
      'forbidden',
      'This needs the role "admin" or "service" in the project of the token',
    );
  }
  await next();
};
