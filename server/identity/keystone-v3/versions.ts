/** The version documents, which clients read before they log in. */
import { Hono } from 'hono';
import { type KeystoneDeps, v3Url } from './context.ts';
import type { Version } from './shapes.ts';

/** The revision of Keystone's API whose tokens, scopes and credentials we implement. */
function v3Document(href: string): Version {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${href}/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  };
}

export function versionRoutes(deps: KeystoneDeps): Hono {
  const app = new Hono();
  for (const path of ['/identity', '/identity/']) {
    app.get(path, (c) => {
      const href = v3Url(deps, c.req.raw);
      return c.json({ versions: { values: [v3Document(href)] } }, 300, { Location: `${href}/` });
    });
  }
  for (const path of ['/identity/v3', '/identity/v3/']) {
    app.get(path, (c) => c.json({ version: v3Document(v3Url(deps, c.req.raw)) }));
  }
  return app;
}
