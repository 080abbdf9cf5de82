/** `/domains`: there is exactly one. */
import { Hono } from 'hono';
import { DomainError } from '../../../domain/errors.ts';
import { DEFAULT_DOMAIN } from '../../../ports/accounts.ts';
import { demandAdmin, type KeystoneDeps, type KeystoneEnv } from '../context.ts';
import { domainDocument } from '../documents.ts';
import { lookups } from '../lookups.ts';

export function domainRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const app = new Hono<KeystoneEnv>();
  lookups(app, deps, {
    one: 'domain',
    many: 'domains',
    filters: ['enabled', 'name'],
    list: () => [DEFAULT_DOMAIN],
    find: (id) => (id === DEFAULT_DOMAIN.id ? DEFAULT_DOMAIN : undefined),
    shown: (_, v3) => domainDocument(v3),
    // Every user belongs to it; a token with a project or the domain may read it (Keystone).
    mayLook: ({ token }, id) => id === DEFAULT_DOMAIN.id && token.scope !== null,
  });
  // Keystone refuses to delete an enabled domain, and this one is always enabled.
  app.delete('/domains/:id', (c) => {
    const id = c.req.param('id');
    demandAdmin(c.var.caller, 'identity:delete_domain');
    if (id !== DEFAULT_DOMAIN.id) throw new DomainError('not_found', `Could not find domain: ${id}.`);
    throw new DomainError('forbidden', 'Cannot delete a domain that is enabled, please disable it first.');
  });
  return app;
}
