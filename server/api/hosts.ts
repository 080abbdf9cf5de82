import { Hono } from 'hono';
import type { ServiceState } from '../../client-sdk/protocol/items.ts';
import { COMPUTE } from '../domain/service.ts';
import type { Env } from '../identity/middleware.ts';
import { inSlices } from '../limits/time-slices.ts';
import type { Liveness } from '../liveness/liveness.ts';
import type { Store } from '../ports/store.ts';
import type { Host } from './answers/services.ts';
import { page, pageQuery } from './request/page.ts';
import { type Permissions, permitted } from './request/permission.ts';

/** `/hosts`: an operator's view by host: its services and the number of servers on it. */
export function createHosts(
  store: Pick<Store, 'hostsSnapshot'>,
  liveness: Pick<Liveness, 'knowledgeOf'>,
  policy: Permissions,
): Hono<Env> {
  const app = new Hono<Env>();
  app.use('/hosts', permitted(policy, 'os_compute_api:os-services:list'));
  app.get('/hosts', async (c) => {
    const { limit, marker } = pageQuery(c);
    const { items } = await store.hostsSnapshot();
    const hosts = [...Map.groupBy(items, ({ host }) => host)].sort(([a], [b]) => (a < b ? -1 : 1));
    const { items: some, next } = page(hosts, ([host]) => host, marker, limit);
    const text = ([host, services]: readonly [string, readonly ServiceState[]]) =>
      JSON.stringify(representation(host, services, liveness));
    const shown = await inSlices(some, text, { signal: c.req.raw.signal });
    return c.body(`{"hosts":[${shown}],"next":${JSON.stringify(next)}}`, 200, JSON_TYPE);
  });
  return app;
}

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** host_status and zone are those of the compute service, `""` and null on a host without one. */
function representation(
  host: string,
  services: readonly ServiceState[],
  liveness: Pick<Liveness, 'knowledgeOf'>,
): Host {
  const compute = services.find(({ binary }) => binary === COMPUTE);
  return {
    host,
    zone: compute?.zone ?? null,
    host_status: compute?.host_status ?? '',
    servers: compute?.servers ?? 0,
    services: services.map(({ service_id, binary, host_status, since, facts, reason, ...shown }) => ({
      uuid: service_id,
      binary,
      host_status,
      since,
      facts,
      reason,
      ...(shown.evidence === undefined ? {} : { evidence: shown.evidence }),
      fence: shown.fence,
      ...(shown.heard_while_forced_down === undefined ? {} : { heard_while_forced_down: true as const }),
      confidence: liveness.knowledgeOf({ host, binary })?.confidence ?? 'observed',
    })),
  };
}
