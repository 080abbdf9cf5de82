/** Defaults of a new instance: Nova's own, for every API that creates one. */
import type { Instant } from '../clock.ts';
import type { Flavor, Instance, InstanceDetails } from './instance.ts';

/** The required fields. */
export interface NewInstanceFields {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string;
  /** Null: it has no host yet, and is being built. */
  readonly host: string | null;
  readonly flavor: Flavor;
  readonly at: Instant;
}

export function newInstance({ id, projectId, userId, name, host, flavor, at }: NewInstanceFields): Instance {
  return {
    id,
    projectId,
    userId,
    name,
    host,
    node: host,
    vmState: host === null ? 'building' : 'active',
    taskState: null,
    powerState: host === null ? 0 : 1,
    availabilityZone: host === null ? null : 'nova',
    imageRef: '',
    flavorId: flavor.id,
    locked: false,
    createdAt: at,
    updatedAt: at,
    launchedAt: host === null ? null : at,
    terminatedAt: null,
    deletedAt: null,
    placedAt: at,
    statusSince: at,
    details: { ...DETAILS, flavor, hostname: hostnameOf(name, id) },
  };
}

const DETAILS: Omit<InstanceDetails, 'flavor' | 'hostname'> = {
  metadata: {},
  addresses: {},
  tags: [],
  securityGroups: [],
  volumesAttached: [],
  trustedImageCertificates: null,
  serverGroups: [],
  schedulerHints: {},
  imageProperties: {},
  fault: null,
  description: null,
  accessIPv4: '',
  accessIPv6: '',
  configDrive: '',
  keyName: null,
  progress: 0,
  diskConfig: 'MANUAL',
  reservationId: null,
  launchIndex: 0,
  kernelId: '',
  ramdiskId: '',
  rootDeviceName: null,
  userData: null,
  instanceName: null,
  lockedBy: null,
  lockedReason: null,
  pinnedAvailabilityZone: null,
};

/** The hostname that Nova derives from a server's name. */
function hostnameOf(name: string, id: string): string {
  const hostname = name
    .replace(/[ _.]/g, '-')
    .replace(/[^a-zA-Z0-9-]/g, '')
    .toLowerCase()
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return hostname === '' ? `server-${id}` : hostname;
}
