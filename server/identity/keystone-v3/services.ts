/** `/services`, `/endpoints` and `/regions`: the catalog as an administrator lists it. Nothing here can be changed. */
import { Hono } from 'hono';
import { known } from '../directory.ts';
import { catalogOf } from './catalog.ts';
import { collection, demandAdmin, type KeystoneDeps, type KeystoneEnv, v3Url } from './context.ts';

export function serviceRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const app = new Hono<KeystoneEnv>();

  function listed(request: Request) {
    const v3 = v3Url(deps, request);
    const catalog = catalogOf(deps.baseUrl(request), deps.region);
    const linked = (kind: string, id: string) => ({ enabled: true, links: { self: `${v3}/${kind}/${id}` } });
    return {
      services: catalog.map(({ id, type, name }) => ({ id, type, name, ...linked('services', id) })),
      endpoints: catalog.flatMap(({ id: service_id, endpoints }) =>
        endpoints.map((endpoint) => ({ ...endpoint, service_id, ...linked('endpoints', endpoint.id) })),
      ),
      regions: [
        {
          id: deps.region,
          description: '',
          parent_region_id: null,
          links: { self: `${v3}/regions/${deps.region}` },
        },
      ],
    };
  }

  for (const kind of ['services', 'endpoints', 'regions'] as const) {
    const one = kind.slice(0, -1);
    app.get(`/${kind}`, (c) => {
      demandAdmin(c.var.caller, `identity:list_${kind}`);
      const query = new URL(c.req.url).searchParams;
      const items: readonly Record<string, unknown>[] = listed(c.req.raw)[kind];
      const found = items.filter((item) =>
        [...query].every(([key, value]) => !(key in item) || String(item[key]) === value),
      );
      return c.json(collection(kind, found, `${v3Url(deps, c.req.raw)}/${kind}`));
    });
    app.get(`/${kind}/:id`, (c) => {
      demandAdmin(c.var.caller, `identity:get_${one}`);
      const id = c.req.param('id');
      const items: readonly { readonly id: string }[] = listed(c.req.raw)[kind];
      return c.json({
        [one]: known(
          items.find((item) => item.id === id),
          one,
          id,
        ),
      });
    });
  }
  return app;
}
