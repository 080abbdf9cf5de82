import type { Usage } from '../../domain/instances/instance.ts';
import type { Service } from '../../domain/service.ts';
import { type Microversion, SINCE } from '../microversions.ts';

export function hypervisorId(service: Service, version: Microversion): string | number {
  return version >= SINCE.serviceUuid ? service.uuid : service.id;
}

export function hypervisorLine(service: Service, version: Microversion) {
  return {
    id: hypervisorId(service, version),
    hypervisor_hostname: service.host,
    state: service.live && !service.forcedDown ? 'up' : 'down',
    status: service.disabled ? 'disabled' : 'enabled',
  };
}

/**
 * The usage is counted from its servers. Its capacity is unknown here: below 2.88, where Nova's clients need the keys,
 * it is shown as 0, as Nova does for a host that has not reported its capacity yet.
 */
export function hypervisorDetail(
  service: Service,
  version: Microversion,
  used: Usage | undefined,
  address: string | null,
) {
  const whole = {
    ...hypervisorLine(service, version),
    hypervisor_type: '',
    hypervisor_version: 0,
    host_ip: address,
    service: {
      id: hypervisorId(service, version),
      host: service.host,
      disabled_reason: service.disabledReason,
    },
  };
  if (version >= SINCE.hypervisorsWithoutSizes || used === undefined) return { ...whole, uptime: null };
  const cpuInfo = version >= SINCE.cpuInfoObject ? {} : '{}';
  return { ...whole, cpu_info: cpuInfo, disk_available_least: null, ...sizes(used) };
}

/** All hypervisors added up; in this answer even unknown values are numbers (Nova). */
export function hypervisorStatistics(used: readonly Usage[]) {
  const sum = (amount: (usage: Usage) => number) => used.reduce((total, usage) => total + amount(usage), 0);
  const total = {
    instances: sum(({ instances }) => instances),
    vcpus: sum(({ vcpus }) => vcpus),
    ram: sum(({ ram }) => ram),
    disk: sum(({ disk }) => disk),
  };
  return { count: used.length, disk_available_least: 0, ...sizes(total) };
}

function sizes(used: Usage) {
  return {
    current_workload: 0,
    free_disk_gb: 0,
    free_ram_mb: 0,
    local_gb: 0,
    local_gb_used: used.disk,
    memory_mb: 0,
    memory_mb_used: used.ram,
    running_vms: used.instances,
    vcpus: 0,
    vcpus_used: used.vcpus,
  };
}
