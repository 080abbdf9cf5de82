/**
 * What an owner may see of the host beneath a server. Nova's closed set (microversion 2.16).
 *
 * `UP` the host reports. `UNKNOWN` it fell silent: suspicion, not proof. `DOWN` an authorised operator asserted that it
 * is down. `MAINTENANCE` it is disabled. `""` the server has no host.
 */
export const HOST_STATUSES = ['UP', 'UNKNOWN', 'DOWN', 'MAINTENANCE', ''] as const;
export type HostStatus = (typeof HOST_STATUSES)[number];
