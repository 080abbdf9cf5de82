/**
 * Maps rows to domain objects. Columns carry the domain's names; this file defines what SQLite has no type for. A
 * row is read as an array in the order of the schema's columns: the driver makes one in a third of the time of an
 * object.
 */
import type { Evidence, Fence } from '../../../client-sdk/protocol/items.ts';
import type { Duration, Instant } from '../../../server/domain/clock.ts';
import type { Instance } from '../../../server/domain/instances/instance.ts';
import type { Service } from '../../../server/domain/service.ts';
import { detailsOf, detailsText } from '../../details-text.ts';

type Flag = 'disabled' | 'forcedDown' | 'live';

/** A service as the driver takes it: flags are 0 and 1, and `id` is null before it has one. */
export type ServiceFields = Omit<Service, Flag | 'id'> & { readonly [flag in Flag]: number } & {
  readonly id: number | null;
};

/** An instance as the driver takes it. */
export type InstanceFields = Omit<Instance, 'locked' | 'details'> & {
  readonly locked: number;
  readonly details: string;
};

export type ServiceRow = readonly [
  id: number,
  uuid: string,
  host: string,
  binary: string,
  zone: string,
  disabled: number,
  disabledReason: string | null,
  forcedDown: number,
  forcedDownAt: Instant | null,
  forcedDownBy: string | null,
  forcedDownReason: string | null,
  fence: Fence,
  live: number,
  lastSeenUp: Instant | null,
  createdAt: Instant,
  updatedAt: Instant,
  statusSince: Instant,
  reportIntervalMs: Duration | null,
  serviceDownTimeMs: Duration | null,
  heardForcedDownAt: Instant | null,
  evidence: Evidence | null,
];

export type InstanceRow = readonly [
  id: string,
  projectId: string,
  userId: string,
  name: string,
  host: string | null,
  node: string | null,
  vmState: string,
  taskState: string | null,
  powerState: number,
  availabilityZone: string | null,
  imageRef: string,
  flavorId: string,
  locked: number,
  createdAt: Instant,
  updatedAt: Instant,
  launchedAt: Instant | null,
  terminatedAt: Instant | null,
  deletedAt: Instant | null,
  placedAt: Instant,
  statusSince: Instant,
  details: string,
];

export function toService(row: ServiceRow): Service {
  return {
    id: row[0],
    uuid: row[1],
    host: row[2],
    binary: row[3],
    zone: row[4],
    disabled: row[5] === 1,
    disabledReason: row[6],
    forcedDown: row[7] === 1,
    forcedDownAt: row[8],
    forcedDownBy: row[9],
    forcedDownReason: row[10],
    fence: row[11],
    live: row[12] === 1,
    lastSeenUp: row[13],
    createdAt: row[14],
    updatedAt: row[15],
    statusSince: row[16],
    reportIntervalMs: row[17],
    serviceDownTimeMs: row[18],
    heardForcedDownAt: row[19],
    evidence: row[20],
  };
}

export function fromService(service: Service): ServiceFields {
  return {
    ...service,
    id: service.id === 0 ? null : service.id,
    disabled: Number(service.disabled),
    forcedDown: Number(service.forcedDown),
    live: Number(service.live),
  };
}

export function toInstance(row: InstanceRow): Instance {
  return {
    id: row[0],
    projectId: row[1],
    userId: row[2],
    name: row[3],
    host: row[4],
    node: row[5],
    vmState: row[6],
    taskState: row[7],
    powerState: row[8],
    availabilityZone: row[9],
    imageRef: row[10],
    flavorId: row[11],
    locked: row[12] === 1,
    createdAt: row[13],
    updatedAt: row[14],
    launchedAt: row[15],
    terminatedAt: row[16],
    deletedAt: row[17],
    placedAt: row[18],
    statusSince: row[19],
    details: detailsOf(row[20]),
  };
}

export function fromInstance(instance: Instance): InstanceFields {
  return { ...instance, locked: Number(instance.locked), details: detailsText(instance.details) };
}
