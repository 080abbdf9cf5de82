/** `/services`, `/endpoints` and `/regions`: the catalog as an administrator lists it. All read-only. */
import { Hono } from 'hono';
import type { z } from 'zod';
import { catalogOf } from '../auth/catalog.ts';
import { type KeystoneDeps, type KeystoneEnv, v3Url } from '../context.ts';
import { type Kind, lookups } from '../lookups.ts';
import type { ListedEndpoint, Region, Service } from '../shapes.ts';

export function serviceRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const app = new Hono<KeystoneEnv>();

  function kind<T extends { readonly id: string }>(
    one: string,
    list: (request: Request) => readonly T[],
    more: Pick<Kind<T>, 'filters' | 'mayLook'>,
  ): void {
    const find = (id: string, request: Request) => list(request).find((item) => item.id === id);
    lookups(app, deps, { one, many: `${one}s`, list, find, shown: (item) => item, ...more });
  }
  const catalog = (request: Request) => catalogOf(deps.baseUrl(request), deps.region);
  const linked = (request: Request, many: string, id: string) => ({
    links: { self: `${v3Url(deps, request)}/${many}/${id}` },
  });

  kind<z.infer<typeof Service>>(
    'service',
    (request) =>
      catalog(request).map(({ id, type, name }) => ({
        id,
        type,
        name,
        enabled: true,
        ...linked(request, 'services', id),
      })),
    { filters: ['type', 'name'] },
  );
  kind<z.infer<typeof ListedEndpoint>>(
    'endpoint',
    (request) =>
      catalog(request).flatMap(({ id: service_id, endpoints }) =>
        endpoints.map((endpoint) => ({
          ...endpoint,
          service_id,
          enabled: true,
          ...linked(request, 'endpoints', endpoint.id),
        })),
      ),
    { filters: ['interface', 'service_id', 'region_id'] },
  );
  const region = { id: deps.region, description: '', parent_region_id: null };
  kind<z.infer<typeof Region>>(
    'region',
    (request) => [{ ...region, ...linked(request, 'regions', region.id) }],
    { filters: ['parent_region_id'], mayLook: () => true },
  );
  return app;
}
