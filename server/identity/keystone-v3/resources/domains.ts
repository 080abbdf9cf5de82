/** `/domains`: there is one. */
import { Hono } from 'hono';
import { DEFAULT_DOMAIN } from '../../accounts.ts';
import type { KeystoneDeps, KeystoneEnv } from '../context.ts';
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
  return app;
}
