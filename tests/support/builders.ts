/** Builders of whole objects for tests: a test names only the fields that it is about. */
import { randomUUID } from 'node:crypto';
import type { Flavor, Instance, InstanceDetails } from '../../server/domain/instances/instance.ts';
import { COMPUTE, type Service } from '../../server/domain/service.ts';
import { newService } from '../../server/domain/transition.ts';
import type { Webhook } from '../../server/ports/webhook-store.ts';

/** The time at which every object here was made: that of a new FakeClock. */
export const BUILT_AT = Date.UTC(2026, 0, 1);

/** A compute service on host `c1` that is enabled and live, not stored yet. */
export function aService(fields: Partial<Service> = {}): Service {
  const { uuid = randomUUID(), host = 'c1', binary = COMPUTE } = fields;
  return { ...newService({ uuid, host, binary }, BUILT_AT), ...fields };
}

export const SMALL_FLAVOR: Flavor = {
  id: '1',
  original_name: 'm1.tiny',
  vcpus: 1,
  ram: 512,
  disk: 1,
  ephemeral: 0,
  swap: 0,
  extra_specs: {},
};

export function someDetails(fields: Partial<InstanceDetails> = {}): InstanceDetails {
  return {
    metadata: {},
    addresses: {},
    tags: [],
    securityGroups: ['default'],
    volumesAttached: [],
    trustedImageCertificates: null,
    serverGroups: [],
    schedulerHints: {},
    imageProperties: {},
    flavor: SMALL_FLAVOR,
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
    hostname: null,
    kernelId: '',
    ramdiskId: '',
    rootDeviceName: null,
    userData: null,
    instanceName: null,
    lockedBy: null,
    lockedReason: null,
    pinnedAvailabilityZone: null,
    ...fields,
  };
}

/** An active instance of project `p1` on host `c1`. */
export function anInstance(fields: Partial<Instance> = {}): Instance {
  return {
    id: randomUUID(),
    projectId: 'p1',
    userId: 'u1',
    name: 'vm',
    host: 'c1',
    node: 'c1',
    vmState: 'active',
    taskState: null,
    powerState: 1,
    availabilityZone: 'nova',
    imageRef: '',
    flavorId: SMALL_FLAVOR.id,
    locked: false,
    createdAt: BUILT_AT,
    updatedAt: BUILT_AT,
    launchedAt: BUILT_AT,
    terminatedAt: null,
    deletedAt: null,
    placedAt: BUILT_AT,
    statusSince: BUILT_AT,
    details: someDetails(),
    ...fields,
  };
}

/** A webhook of project `p1` without a delivery so far. */
export function aWebhook(fields: Partial<Webhook> = {}): Webhook {
  return {
    id: randomUUID(),
    projectId: 'p1',
    userId: 'u1',
    roles: ['member'],
    credentialId: null,
    name: 'hook',
    url: 'https://example.org/hook',
    format: 'cloudevents',
    servers: null,
    hostStatus: null,
    secret: 'whsec_c2VjcmV0',
    oldSecret: null,
    oldSecretUntil: null,
    state: 'active',
    reason: null,
    seq: 0,
    unknownSeq: 0,
    attempts: 0,
    failingSince: null,
    nextAttemptAt: null,
    lastDeliveredAt: null,
    lastError: null,
    createdAt: 0,
    updatedAt: 0,
    ...fields,
  };
}
