/**
 * Microversions: which version of Nova's API a request speaks, and what each version changes. A version is the number
 * behind `2.`, so that a condition reads `version >= SINCE.hostStatus`.
 */
import { DomainError } from '../domain/errors.ts';
import type { RequestHead } from '../plain-http.ts';
import { NovaFault } from './faults.ts';

/** The minor of `2.x`. */
export type Microversion = number;

/** The first and the last version that has it; for all others it does not exist. */
export interface VersionRange {
  readonly since?: Microversion;
  readonly until?: Microversion;
}

/** Everything that a version changes in what we serve: the first version that has it. */
export const SINCE = {
  /** Show and detail: more `OS-EXT-SRV-ATTR:` attributes, `delete_on_termination` of volumes. */
  moreAttributes: 3,
  /** `ip6` filter for everybody. */
  ip6Filter: 5,
  /** `locked`. */
  locked: 9,
  /** os-services: `forced_down` and the action `force-down`. */
  forcedDown: 11,
  /** evacuate: no `onSharedStorage`, no answer. */
  evacuateWithoutStorage: 14,
  /** Show and detail: `host_status`. */
  hostStatus: 16,
  /** `description`, also to set. */
  description: 19,
  /** os-instance-actions: of deleted servers too. */
  actionsOfDeleted: 21,
  /** os-migrateLive: `block_migration` may be `auto`, no `disk_over_commit`. */
  liveMigrateAuto: 25,
  /** `tags` and the four filters by them. */
  tags: 26,
  /** os-hypervisors: `cpu_info` is an object, not JSON in a text. */
  cpuInfoObject: 28,
  /** evacuate: `force`, until 2.67. */
  evacuateForce: 29,
  /** os-migrateLive: `force`, until 2.67. */
  liveMigrateForce: 30,
  /** create: `tag` of networks and devices; of devices only here and from `deviceTagsAgain` on. */
  deviceTags: 32,
  /** os-hypervisors: pages. */
  hypervisorsPaged: 33,
  /** limits: none of networks. */
  noNetworkLimits: 36,
  /** create: `networks` must be given. */
  networksRequired: 37,
  /** A status that does not exist is a bad request, not an empty list. */
  statusChecked: 38,
  /** limits: none of images. */
  noImageLimits: 39,
  /** create: `tag` of networks and devices, which 2.33 and 2.37 had lost. */
  deviceTagsAgain: 42,
  /** No os-hosts. */
  noHosts: 43,
  /** `flavor` is written out, without id and links. */
  flavorEmbedded: 47,
  /** os-instance-actions: `events` for everybody. */
  actionEvents: 51,
  /** create: `tags`. */
  createWithTags: 52,
  /** os-services: the id is the UUID, and one PUT for everything. */
  serviceUuid: 53,
  /** rebuild: `key_name`. */
  rebuildKeyName: 54,
  /** flavors: `description`. */
  flavorDescription: 55,
  /** migrate: `host`. */
  migrateToHost: 56,
  /** create and rebuild: no `personality`; rebuild: `user_data`. */
  rebuildUserData: 57,
  /** os-instance-actions: pages, `updated_at`. */
  actionsPaged: 58,
  /** flavors: `extra_specs`. */
  flavorExtraSpecs: 61,
  /** `trusted_image_certificates`, also to set. */
  trustedCertificates: 63,
  /** Filter `changes-before`, also of os-instance-actions. */
  changesBefore: 66,
  /** create: `volume_type` of devices. */
  volumeType: 67,
  /** evacuate and os-migrateLive: no `force`. */
  noForce: 68,
  /** Show, PUT and rebuild, not detail: `server_groups`. */
  serverGroups: 71,
  /** `locked_reason`, filter and sort key `locked`. */
  lockedReason: 73,
  /** create: `host` and `hypervisor_hostname`. */
  createOnHost: 74,
  /** PUT and rebuild answer the whole server, with `host_status`; unknown query parameters and internal sort keys are refused. */
  wholeServer: 75,
  /** unshelve: `availability_zone`. */
  unshelveToZone: 77,
  /** Eleven more filters for everybody. */
  moreFilters: 83,
  /** os-hypervisors: no sizes; `uptime` without a path of its own. */
  hypervisorsWithoutSizes: 88,
  /** `OS-EXT-SRV-ATTR:hostname` for everybody, and settable. */
  hostname: 90,
  /** unshelve: `host`. */
  unshelveToHost: 91,
  /** A hostname may be fully qualified. */
  qualifiedHostname: 94,
  /** evacuate: the server arrives stopped. */
  evacuateStopped: 95,
  /** `pinned_availability_zone`. */
  pinnedZone: 96,
  /** `image.properties`. */
  imageProperties: 98,
  /** `scheduler_hints`. */
  schedulerHints: 100,
} as const satisfies Record<string, Microversion>;

/** All other versions, by subject: either we do not serve it, or it is the same at every version. */
export const ELSEWHERE: Readonly<Record<string, readonly Microversion[]>> = {
  'key pairs': [2, 10, 35, 92],
  'addresses, networks and ports': [4, 12, 44, 49, 70, 72],
  consoles: [6, 8, 31, 99],
  'flavors of some projects, their extra specs': [7, 86],
  'server groups': [13, 15, 64],
  'crash dumps, rescue, snapshots, rebuilding volumes': [17, 45, 87, 93],
  'headers and paths, the same at every version': [18, 27, 46],
  volumes: [20, 60, 79, 85, 89],
  'migrations on their way': [22, 23, 24, 34, 59, 65, 80],
  'usage of projects, quotas': [40, 50],
  aggregates: [41, 81],
  'diagnostics, NUMA topology': [48, 78],
  'events of instance actions': [62, 84],
  'cells that are down': [69],
  'events from other services': [76, 82],
  shares: [97],
};

export const MIN_VERSION: Microversion = 1;
export const MAX_VERSION: Microversion = 100;

export function versionText(version: Microversion): string {
  return `2.${version}`;
}

/** The version that the two headers ask for, undefined if neither does (microversion-parse, Nova's own parser). */
export function requestedVersion(headers: RequestHead['headers']): string | undefined {
  const asked = forCompute(headers.get('openstack-api-version'));
  return asked ?? headers.get('x-openstack-nova-api-version')?.split(',').at(-1)?.trim();
}

function forCompute(header: string | null): string | undefined {
  let asked: string | undefined;
  for (const pair of header?.split(',') ?? []) {
    const [, service, version] = /^(\S+)\s+(\S.*)$/.exec(pair.trim()) ?? [];
    if (service?.toLowerCase() === 'compute') asked = version;
  }
  return asked;
}

/** A client sends the same value with all of its requests. */
let last: { readonly header: string; readonly version: Microversion } | undefined;

/**
 * The version of a request; the oldest if it asks for none.
 * @throws DomainError `invalid` for a text that is not a version
 * @throws NovaFault 406 for an unsupported version; it carries the version asked for, as Nova's does
 */
export function negotiate(headers: RequestHead['headers']): Microversion {
  const header = headers.get('openstack-api-version');
  if (header !== null && header === last?.header) return last.version;
  const version = versionOf(requestedVersion(headers));
  // Only where the header names compute: else the older header decides, and its value may change between requests.
  if (header !== null && forCompute(header) !== undefined) last = { header, version };
  return version;
}

function versionOf(requested: string | undefined): Microversion {
  if (requested === undefined) return MIN_VERSION;
  if (requested === 'latest') return MAX_VERSION;
  const [, major, minor] = /^([1-9]\d*)\.([1-9]\d*|0)$/.exec(requested) ?? [];
  if (major === undefined || minor === undefined) {
    throw new DomainError(
      'invalid',
      `API Version String ${quoted(requested)} is of invalid format. Must be of format MajorNum.MinorNum.`,
    );
  }
  const version = Number(minor);
  if (major !== '2' || version < MIN_VERSION || version > MAX_VERSION) {
    throw new NovaFault(
      406,
      `Version ${quoted(requested)} is not supported by the API. Minimum is ${versionText(MIN_VERSION)} and maximum is ${versionText(MAX_VERSION)}.`,
      { apiVersion: requested },
    );
  }
  return version;
}

function quoted(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
