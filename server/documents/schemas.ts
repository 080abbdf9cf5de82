/**
 * The documents in which services and instances are declared, by `PUT /v1/instances/{uuid}`, by NDJSON in bulk and by
 * a seed alike. Strict: a key that is not known is refused by name. What a document leaves out has Nova's default in a
 * new row and stays as it is in one that exists, so that a move needs no more than the new host.
 */
import { z } from 'zod';
import { HostName } from '../../client-sdk/protocol/agent.ts';
import { FENCE_STATES } from '../../client-sdk/protocol/items.ts';
import type { Instant } from '../domain/clock.ts';
import { SHORTEST_PERIOD } from '../domain/deadline.ts';
import type { Rules, ServiceDecision } from '../domain/decision.ts';
import { isPrintableName } from '../domain/names.ts';
import type { Service } from '../domain/service.ts';
import { newService, onDeclared } from '../domain/transition.ts';

export const Text = z.string().max(255);
/** The one rule for names, wherever they come in: Nova's. */
export const Name = z
  .string()
  .min(1, 'must not be empty')
  .max(255)
  .refine(isPrintableName, 'must hold no control characters');
/** UUID-like, as Nova takes it: any version. In capitals it is the same one. */
export const Uuid = z.guid('must be a UUID').transform((id) => id.toLowerCase());
const WholeNumber = z.int().min(0);
const Period = z.int().min(SHORTEST_PERIOD, `must be at least ${SHORTEST_PERIOD} ms`);

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/;

/** Milliseconds of an ISO 8601 time. Without an offset it is UTC, as in Nova's own answers. NaN if it is none. */
export function instantOf(text: string): Instant {
  const [, day, time, zone] = TIME.exec(text) ?? [];
  return day === undefined ? Number.NaN : Date.parse(`${day}T${time}${zone ?? 'Z'}`);
}

export const Time = z
  .string()
  .refine(
    (text) => !Number.isNaN(instantOf(text)),
    'must be an ISO 8601 time such as 2026-01-31T12:00:00Z (UTC where no offset is given)',
  );

export const FlavorDocument = z.strictObject({
  id: Name,
  original_name: Name,
  vcpus: WholeNumber,
  ram: WholeNumber,
  disk: WholeNumber,
  ephemeral: WholeNumber.default(0),
  swap: WholeNumber.default(0),
  extra_specs: z.record(z.string(), z.string()).default({}),
});

const AddressDocument = z.strictObject({
  addr: z.string().min(1),
  version: z.literal([4, 6]),
  type: z.enum(['fixed', 'floating']).default('fixed'),
  mac_addr: z.string().default(''),
});

const FaultDocument = z.strictObject({
  code: z.int(),
  created: Time,
  message: z.string(),
  details: z.string().nullable().default(null),
});

const VolumeDocument = z.strictObject({ id: Name, delete_on_termination: z.boolean().default(false) });

/** One VM. Only `name` and `project_id` are asked for; `host: null` says that it stands nowhere. */
export const InstanceDocument = z.strictObject({
  id: Uuid,
  name: Name,
  project_id: Name,
  user_id: Text.optional(),
  host: HostName.nullable().optional(),
  hypervisor_hostname: Name.nullable().optional(),
  vm_state: Name.optional(),
  task_state: Name.nullable().optional(),
  power_state: z.literal([0, 1, 3, 4, 6, 7], 'must be one of 0, 1, 3, 4, 6, 7 (Nova)').optional(),
  availability_zone: Text.nullable().optional(),
  image_ref: Text.optional(),
  flavor: FlavorDocument.optional(),
  locked: z.boolean().optional(),
  locked_by: z.enum(['owner', 'admin']).nullable().optional(),
  locked_reason: Text.nullable().optional(),
  created_at: Time.optional(),
  updated_at: Time.optional(),
  launched_at: Time.nullable().optional(),
  terminated_at: Time.nullable().optional(),
  deleted_at: Time.nullable().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  addresses: z.record(z.string(), z.array(AddressDocument)).optional(),
  tags: z.array(z.string().min(1).max(60)).optional(),
  security_groups: z.array(Name).optional(),
  volumes_attached: z.array(VolumeDocument).optional(),
  trusted_image_certificates: z.array(Name).nullable().optional(),
  server_groups: z.array(Name).optional(),
  scheduler_hints: z.record(z.string(), z.unknown()).optional(),
  image_properties: z.record(z.string(), z.unknown()).optional(),
  fault: FaultDocument.nullable().optional(),
  description: Text.nullable().optional(),
  access_ip_v4: Text.optional(),
  access_ip_v6: Text.optional(),
  config_drive: Text.optional(),
  key_name: Text.nullable().optional(),
  progress: z.int().min(0).max(100).optional(),
  disk_config: z.enum(['MANUAL', 'AUTO']).optional(),
  reservation_id: Text.nullable().optional(),
  launch_index: WholeNumber.optional(),
  hostname: Text.nullable().optional(),
  kernel_id: Text.optional(),
  ramdisk_id: Text.optional(),
  root_device_name: Text.nullable().optional(),
  user_data: z.string().max(65_535).nullable().optional(),
  instance_name: Text.nullable().optional(),
  pinned_availability_zone: Text.nullable().optional(),
});
export type InstanceDocument = z.output<typeof InstanceDocument>;

/** One service. `live: true`, the default, counts as heard now; `live: false` is silent until it is heard. */
export const ServiceDocument = z.strictObject({
  id: z.int().positive().optional(),
  uuid: Uuid.optional(),
  host: HostName,
  binary: Name.default('nova-compute'),
  zone: Name.optional(),
  disabled: z.boolean().optional(),
  disabled_reason: Name.nullable().optional(),
  forced_down: z.boolean().optional(),
  forced_down_reason: Name.nullable().optional(),
  fence: z.enum(FENCE_STATES).optional(),
  live: z.boolean().default(true),
  updated_at: Time.optional(),
  report_interval_ms: Period.nullable().optional(),
  service_down_time_ms: Period.nullable().optional(),
});
export type ServiceDocument = z.output<typeof ServiceDocument>;

/** Makes the service as its document says. One that is so already is not written again. */
export function declareService(
  doc: ServiceDocument,
  by: { readonly uuid: string; readonly at: Instant; readonly actor: string; readonly rules: Rules },
): (current: Service | undefined) => ServiceDecision {
  return (current) => onDeclared(current, serviceFrom(doc, current, by), by, by.rules);
}

/** The service that a document declares, on top of the one there is. */
export function serviceFrom(
  doc: ServiceDocument,
  current: Service | undefined,
  by: { readonly uuid: string; readonly at: Instant; readonly actor: string },
): Service {
  const base = current ?? {
    ...newService({ uuid: doc.uuid ?? by.uuid, host: doc.host, binary: doc.binary }, by.at),
    id: doc.id ?? 0,
  };
  const disabled = doc.disabled ?? base.disabled;
  const forcedDown = doc.forced_down ?? base.forcedDown;
  const forcedNow = forcedDown && !base.forcedDown;
  const declared = doc.updated_at === undefined ? undefined : instantOf(doc.updated_at);
  // A declaration is no report: what is new and never reported stays "never heard".
  const lastSeenUp =
    current !== undefined || doc.live ? (current?.lastSeenUp ?? null) : seenBefore(declared, current);
  return {
    ...base,
    zone: doc.zone ?? base.zone,
    disabled,
    disabledReason: disabled ? orStays(doc.disabled_reason, base.disabledReason) : null,
    forcedDown,
    forcedDownAt: forcedDown ? (forcedNow ? by.at : base.forcedDownAt) : null,
    forcedDownBy: forcedDown ? (forcedNow ? by.actor : base.forcedDownBy) : null,
    forcedDownReason: forcedDown ? orStays(doc.forced_down_reason, base.forcedDownReason) : null,
    fence: forcedDown ? (doc.fence ?? base.fence) : 'none',
    heardForcedDownAt: forcedDown && !forcedNow ? base.heardForcedDownAt : null,
    evidence: doc.live ? null : base.live ? 'none' : base.evidence,
    live: doc.live,
    lastSeenUp,
    updatedAt: current?.updatedAt ?? declared ?? by.at,
    reportIntervalMs: orStays(doc.report_interval_ms, base.reportIntervalMs),
    serviceDownTimeMs: orStays(doc.service_down_time_ms, base.serviceDownTimeMs),
  };
}

/** A silent service was last heard no later than its row was last written; if it was ever heard is not known. */
function seenBefore(declared: Instant | undefined, current: Service | undefined): Instant | null {
  return current === undefined ? (declared ?? null) : current.lastSeenUp;
}

function orStays<T>(declared: T | undefined, stays: T): T {
  return declared === undefined ? stays : declared;
}
