import type { HostStatus } from '../../client-sdk/protocol/host-status.ts';
import type { Facts } from '../../client-sdk/protocol/items.ts';
import { COMPUTE, factsOf, type Service } from './service.ts';

export const HOST_STATUS_ORDERS = ['documented', 'nova'] as const;
/**
 * Which fact wins. `documented`: as Nova's API reference lists the values, a later one overriding an earlier:
 * UP, UNKNOWN, DOWN, MAINTENANCE. `nova`: as Nova's code tests them, forced_down before disabled.
 */
export type HostStatusOrder = (typeof HOST_STATUS_ORDERS)[number];

/** The first fact that holds decides. */
const ORDERS = {
  documented: [
    ['disabled', 'MAINTENANCE'],
    ['forced_down', 'DOWN'],
    ['live', 'UP'],
  ],
  nova: [
    ['forced_down', 'DOWN'],
    ['disabled', 'MAINTENANCE'],
    ['live', 'UP'],
  ],
} as const satisfies Record<HostStatusOrder, readonly (readonly [keyof Facts, HostStatus])[]>;

/** host_status of a host whose compute service has these facts. Never `""`. */
export function statusOf(facts: Facts, order: HostStatusOrder): Exclude<HostStatus, ''> {
  for (const [fact, status] of ORDERS[order]) if (facts[fact]) return status;
  return 'UNKNOWN';
}

/**
 * host_status of an instance on a host: that of the host's compute service, `""` where there is none (no host, or no
 * service on it). `service` is the `nova-compute` service of the instance's host, or undefined.
 */
export function hostStatus(service: Service | undefined, order: HostStatusOrder): HostStatus {
  if (service === undefined || service.binary !== COMPUTE) return '';
  return statusOf(factsOf(service), order);
}

/** host_status of any service, for operators: other binaries have the same three facts. */
export function serviceStatus(service: Service | undefined, order: HostStatusOrder): HostStatus {
  return service === undefined ? '' : statusOf(factsOf(service), order);
}
