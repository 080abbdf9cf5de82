import type { Instant } from '../../domain/clock.ts';
import type { Flavor, Instance, InstanceDetails } from '../../domain/instance.ts';
import type { Identity } from '../../identity/identity.ts';
import type { CreateBody } from './schemas.ts';

export interface Described extends CreateBody {
  readonly host: string;
  readonly zone: string | null;
  /** Undefined: nothing but its id is known, and its sizes are told as none. */
  readonly flavor: Flavor | undefined;
  readonly hints: Readonly<Record<string, unknown>>;
  readonly reservationId: string;
  readonly index: number;
  /** Below 2.19 a server's description is its name (Nova). */
  readonly describe: boolean;
}

export interface Born {
  readonly id: string;
  readonly identity: Identity;
  readonly at: Instant;
}

/** A server that is said to run on a host. */
export function newInstance(server: Described, { id, identity, at }: Born): Instance {
  const projectId = identity.projectId as string;
  return {
    id,
    projectId,
    userId: identity.userId,
    name: server.name,
    host: server.host,
    node: server.hypervisor_hostname ?? server.host,
    vmState: 'active',
    taskState: null,
    powerState: 1,
    availabilityZone: server.zone,
    imageRef: server.imageRef ?? '',
    flavorId: server.flavorRef,
    locked: false,
    createdAt: at,
    updatedAt: at,
    launchedAt: at,
    terminatedAt: null,
    deletedAt: null,
    placedAt: at,
    statusSince: at,
    details: detailsOf(server, id),
  };
}

const NO_SIZES = { vcpus: 0, ram: 0, disk: 0, ephemeral: 0, swap: 0, extra_specs: {} };

function detailsOf(server: Described, id: string): InstanceDetails {
  return {
    metadata: server.metadata ?? {},
    addresses: {},
    tags: [...new Set(server.tags ?? [])],
    securityGroups: server.security_groups?.flatMap(({ name }) => (name === undefined ? [] : [name])) ?? [
      'default',
    ],
    volumesAttached: [],
    trustedImageCertificates: server.trusted_image_certificates ?? null,
    serverGroups: typeof server.hints.group === 'string' ? [server.hints.group] : [],
    schedulerHints: server.hints,
    imageProperties: {},
    flavor: server.flavor ?? { id: server.flavorRef, original_name: server.flavorRef, ...NO_SIZES },
    fault: null,
    description: server.description ?? (server.describe ? server.name : null),
    accessIPv4: server.accessIPv4 ?? '',
    accessIPv6: server.accessIPv6 ?? '',
    configDrive: server.config_drive ? 'True' : '',
    keyName: server.key_name ?? null,
    progress: 0,
    diskConfig: server['OS-DCF:diskConfig'] ?? 'MANUAL',
    reservationId: server.reservationId,
    launchIndex: server.index,
    hostname: server.hostname ?? hostnameOf(server.name, id),
    kernelId: '',
    ramdiskId: '',
    rootDeviceName: null,
    userData: server.user_data ?? null,
    instanceName: `instance-${id.slice(0, 8)}`,
    lockedBy: null,
    lockedReason: null,
    pinnedAvailabilityZone: server.zone,
  };
}

/** The host name that Nova makes of a server's name. */
function hostnameOf(name: string, id: string): string {
  const hostname = name
    .replace(/[ _.]/g, '-')
    .replace(/[^\w-]/g, '')
    .toLowerCase()
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return hostname === '' ? `server-${id}` : hostname;
}
