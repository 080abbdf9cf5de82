/** The service catalog: compute without a project id in its URL, so that discovery needs no token. */
import { createHash } from 'node:crypto';
import type { Catalog } from '../shapes.ts';

export function catalogOf(base: string, region: string): Catalog {
  return [
    service('compute', 'nova', `${base}/v2.1`, region),
    service('identity', 'keystone', `${base}/identity/v3`, region),
    // Serves no images: openstackclients before 6.3 need an image service in the catalog. See server/nova/images.ts.
    service('image', 'glance', `${base}/image`, region),
  ];
}

function service(type: string, name: string, url: string, region: string): Catalog[number] {
  const endpoints = (['public', 'internal', 'admin'] as const).map((kind) => ({
    id: stableId(`${type} ${kind}`),
    interface: kind,
    region,
    region_id: region,
    url,
  }));
  return { id: stableId(type), type, name, endpoints };
}

/** The same in every process and after every start, because it is not stored. */
function stableId(of: string): string {
  return createHash('sha256').update(`hostbeat catalog ${of}`).digest('hex').slice(0, 32);
}
