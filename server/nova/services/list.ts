import type { Service } from '../../domain/service.ts';
import { inSlices } from '../../limits/time-slices.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { refuseUnknown } from '../query.ts';
import { serviceView } from '../representations/service.ts';

/** Never listed: they send no reports (Nova). */
export const HIDDEN = new Set(['nova-osapi_compute', 'nova-metadata']);

/** `GET /os-services`: exact filters; of several the last counts; an empty one is ignored. */
export async function listServices(call: Call, nova: Nova): Promise<NovaAnswer> {
  refuseUnknown(call, ['host', 'binary']);
  authorize(nova, call, 'os_compute_api:os-services:list');
  const host = call.query.getAll('host').at(-1);
  const binary = call.query.getAll('binary').at(-1);
  const services = await nova.store.services({ ...(host ? { host } : {}), ...(binary ? { binary } : {}) });
  const shown = services.filter((service) => !HIDDEN.has(service.binary));
  const text = (service: Service) => JSON.stringify(serviceView(service, call.version));
  return { status: 200, text: `{"services":[${await inSlices(shown, text, call)}]}` };
}
