/** Availability zones: those of the compute services. */
import type { Service } from '../../domain/service.ts';
import { type Answer, authorize, type Call, type Nova } from '../call.ts';
import { naiveTime } from '../times.ts';

const INTERNAL = 'internal';

export async function listZones(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:os-availability-zone:list');
  const zones = zonesOf(await nova.store.services());
  zones.delete(INTERNAL);
  const info = [...zones].map(([zoneName, services]) => ({ ...head(zoneName, services), hosts: null }));
  return { status: 200, body: { availabilityZoneInfo: info } };
}

export async function listZonesInDetail(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:os-availability-zone:detail');
  const info = [...zonesOf(await nova.store.services())].map(([zoneName, services]) => ({
    ...head(zoneName, services),
    hosts: hostsOf(services),
  }));
  return { status: 200, body: { availabilityZoneInfo: info } };
}

function zonesOf(services: readonly Service[]): Map<string, Service[]> {
  return Map.groupBy(services, ({ zone }) => zone);
}

/** A zone is available while one of its services is enabled (Nova). */
function head(zoneName: string, services: readonly Service[]) {
  return { zoneName, zoneState: { available: services.some(({ disabled }) => !disabled) } };
}

function hostsOf(services: readonly Service[]) {
  const hosts: Record<string, Record<string, unknown>> = {};
  for (const { host, binary, disabled, live, forcedDown, updatedAt } of services) {
    hosts[host] = {
      ...hosts[host],
      [binary]: { active: !disabled, available: live && !forcedDown, updated_at: naiveTime(updatedAt) },
    };
  }
  return hosts;
}
