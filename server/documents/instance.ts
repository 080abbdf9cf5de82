/** Turns instance documents into instances and back. A document read from here can be sent back unchanged. */
import { isDeepStrictEqual } from 'node:util';
import type { Instant } from '../domain/clock.ts';
import type { Rules } from '../domain/decision.ts';
import { DomainError } from '../domain/errors.ts';
import { type Instance, type InstanceDetails, isPresent } from '../domain/instances/instance.ts';
import { newInstance } from '../domain/instances/new-instance.ts';
import { onInstance } from '../domain/instances/placement.ts';
import type { InstanceDecide } from '../ports/store.ts';
import { type InstanceDocument, instantOf } from './schemas.ts';

type Columns = Exclude<keyof Instance, 'details' | 'flavorId' | 'placedAt' | 'statusSince'>;
type Details = Exclude<keyof InstanceDetails, 'fault' | 'registeredBy'>;
type Keys<T extends string> = Readonly<Partial<Record<keyof InstanceDocument, T>>>;

const PLAIN: Keys<Columns> = {
  id: 'id',
  name: 'name',
  project_id: 'projectId',
  user_id: 'userId',
  host: 'host',
  hypervisor_hostname: 'node',
  vm_state: 'vmState',
  task_state: 'taskState',
  power_state: 'powerState',
  availability_zone: 'availabilityZone',
  image_ref: 'imageRef',
  locked: 'locked',
};
const TIMES: Keys<Columns> = {
  created_at: 'createdAt',
  updated_at: 'updatedAt',
  launched_at: 'launchedAt',
  terminated_at: 'terminatedAt',
  deleted_at: 'deletedAt',
};
const DETAILS: Keys<Details> = {
  flavor: 'flavor',
  metadata: 'metadata',
  addresses: 'addresses',
  tags: 'tags',
  security_groups: 'securityGroups',
  volumes_attached: 'volumesAttached',
  trusted_image_certificates: 'trustedImageCertificates',
  server_groups: 'serverGroups',
  scheduler_hints: 'schedulerHints',
  image_properties: 'imageProperties',
  description: 'description',
  access_ip_v4: 'accessIPv4',
  access_ip_v6: 'accessIPv6',
  config_drive: 'configDrive',
  key_name: 'keyName',
  progress: 'progress',
  disk_config: 'diskConfig',
  reservation_id: 'reservationId',
  launch_index: 'launchIndex',
  hostname: 'hostname',
  kernel_id: 'kernelId',
  ramdisk_id: 'ramdiskId',
  root_device_name: 'rootDeviceName',
  user_data: 'userData',
  instance_name: 'instanceName',
  locked_by: 'lockedBy',
  locked_reason: 'lockedReason',
  pinned_availability_zone: 'pinnedAvailabilityZone',
};

/**
 * The flavor of an instance whose document names none: the smallest of Nova's first five. Clients expect every server
 * to have one.
 */
const FLAVOR = {
  id: '1',
  original_name: 'm1.tiny',
  vcpus: 1,
  ram: 512,
  disk: 1,
  ephemeral: 0,
  swap: 0,
  extra_specs: {},
};

const RUNNING = 1;
const NO_POWER_STATE = 0;
/** The power_state that belongs to a vm_state, as in Nova. */
const POWER_STATES: Readonly<Record<string, number>> = {
  active: RUNNING,
  rescued: RUNNING,
  resized: RUNNING,
  paused: 3,
  stopped: 4,
  shelved: 4,
  suspended: 4,
};

/** The user who declares the instance, and the time. */
export interface DeclarationContext {
  readonly at: Instant;
  readonly actor: string;
  readonly rules: Rules;
  /** The owner of a new instance whose document names no user. */
  readonly userId?: string;
  /** The account that declares, where it may only change what it has registered itself. */
  readonly onlyOwn?: boolean;
}

/** Creates or changes the instance as its document says. An unchanged row is not written again. */
export function declareInstance(doc: InstanceDocument, by: DeclarationContext): InstanceDecide {
  return (current, computeOf) => {
    if (by.onlyOwn && current !== undefined && current.details.registeredBy !== by.actor) {
      throw new DomainError('forbidden', `Instance ${doc.id} was not registered by this account`);
    }
    const declared = instanceFrom(doc, current, by.at, by.userId);
    if (!isPresent(current)) Object.assign(declared.details, { registeredBy: by.actor });
    if (current !== undefined && isDeepStrictEqual(declared, current)) return { instance: current };
    const next =
      isPresent(current) && doc.updated_at === undefined ? { ...declared, updatedAt: by.at } : declared;
    return onInstance(current, next, computeOf, { cause: 'placement', at: by.at, actor: by.actor }, by.rules);
  };
}

/** Applies a document to the existing instance; a deleted instance starts afresh. */
export function instanceFrom(
  doc: InstanceDocument,
  current: Instance | undefined,
  at: Instant,
  userId = '',
): Instance {
  const base = isPresent(current) ? current : newFrom(doc, at, userId);
  const fields: Record<string, unknown> = { ...base };
  const details: Record<string, unknown> = { ...base.details };
  for (const [key, field] of entries(PLAIN)) if (doc[key] !== undefined) fields[field] = doc[key];
  for (const [key, field] of entries(DETAILS)) if (doc[key] !== undefined) details[field] = doc[key];
  for (const [key, field] of entries(TIMES)) {
    const time = doc[key] as string | null | undefined;
    if (time !== undefined) fields[field] = time === null ? null : instantOf(time);
  }
  if (doc.fault !== undefined) {
    details.fault = doc.fault === null ? null : { ...doc.fault, created: instantOf(doc.fault.created) };
  }
  if (doc.host !== undefined && doc.hypervisor_hostname === undefined) fields.node = doc.host;
  if (doc.flavor !== undefined) fields.flavorId = doc.flavor.id;
  return { ...fields, details } as unknown as Instance;
}

/** The whole document of an instance. */
export function documentOf(instance: Instance): InstanceDocument {
  const doc: Record<string, unknown> = {};
  for (const [key, field] of entries(PLAIN)) doc[key] = instance[field];
  for (const [key, field] of entries(TIMES)) {
    const at = instance[field] as Instant | null;
    doc[key] = at === null ? null : new Date(at).toISOString();
  }
  for (const [key, field] of entries(DETAILS)) doc[key] = instance.details[field];
  const fault = instance.details.fault;
  doc.fault = fault === null ? null : { ...fault, created: new Date(fault.created).toISOString() };
  return doc as unknown as InstanceDocument;
}

/** Times are the document's where it has them: an inventory may list servers that are years old. */
function newFrom(doc: InstanceDocument, at: Instant, userId: string): Instance {
  const host = doc.host ?? null;
  const createdAt = doc.created_at === undefined ? at : instantOf(doc.created_at);
  const { id, name, project_id: projectId } = doc;
  const base = newInstance({ id, projectId, userId, name, host, flavor: FLAVOR, at: createdAt });
  const vmState = doc.vm_state ?? base.vmState;
  const powerState = POWER_STATES[vmState] ?? NO_POWER_STATE;
  return { ...base, vmState, powerState, placedAt: at, statusSince: at };
}

function entries<T extends string>(keys: Keys<T>): [keyof InstanceDocument, T][] {
  return Object.entries(keys) as [keyof InstanceDocument, T][];
}
