import type { Context } from 'hono';
import { DomainError } from '../../domain/errors.ts';
import { isAdmin } from '../../identity/identity.ts';
import type { Env } from '../../identity/middleware.ts';

const FIELD = 'create_missing';

/**
 * `?create_missing=true`: projects and hosts that servers name are created instead of refused. It creates projects, so only
 * an administrator may use it.
 * @throws DomainError `invalid` for another value, `forbidden` for another role
 */
export function createsMissing(c: Context<Env>): boolean {
  const given = c.req.query(FIELD);
  if (given === undefined || given === 'false') return false;
  if (given !== 'true')
    throw new DomainError('invalid', `${FIELD}: write true or false instead of "${given}"`, { field: FIELD });
  if (!isAdmin(c.var.identity))
    throw new DomainError('forbidden', `${FIELD} creates projects and hosts: this needs the role "admin"`);
  return true;
}
