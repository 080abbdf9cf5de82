/** Availability zones: those of the compute services. */
import type { Service } from '../../domain/service.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { HIDDEN } from '../services/list.ts';
import { naiveTime } from '../times.ts';

const INTERNAL = 'internal';

export async function listZones(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-availability-zone:list');
  const zones = zonesOf(await nova.store.services());
  zones.delete(INTERNAL);
  const info = [...zones].map(([zoneName, services]) => ({ ...head(zoneName, services), hosts: null }));
  return { status: 200, body: { availabilityZoneInfo: info } };
}

export async function listZonesInDetail(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-availability-zone:detail');
  const info = [...zonesOf(await nova.store.services())].map(([zoneName, services]) => ({
    ...head(zoneName, services),
    hosts: isAvailable(services) ? hostsOf(services) : null,
  }));
  return { status: 200, body: { availabilityZoneInfo: info } };
}

/** Available zones first (Nova). */
function zonesOf(services: readonly Service[]): Map<string, Service[]> {
  const zones = Map.groupBy(services, ({ zone }) => zone);
  return new Map([...zones].sort(([, a], [, b]) => Number(isAvailable(b)) - Number(isAvailable(a))));
}

/** A zone is available while one of its services is enabled (Nova). */
function isAvailable(services: readonly Service[]): boolean {
  return services.some(({ disabled }) => !disabled);
}

function head(zoneName: string, services: readonly Service[]) {
  return { zoneName, zoneState: { available: isAvailable(services) } };
}

/** The enabled services except those of the API itself, which send no reports. */
function hostsOf(services: readonly Service[]) {
  const hosts: Record<string, Record<string, unknown>> = {};
  for (const { host, binary, disabled, live, forcedDown, updatedAt } of services) {
    if (disabled || HIDDEN.has(binary)) continue;
    hosts[host] = {
      ...hosts[host],
      [binary]: { active: true, available: live && !forcedDown, updated_at: naiveTime(updatedAt) },
    };
  }
  return hosts;
}
