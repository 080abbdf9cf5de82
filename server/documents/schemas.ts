/**
 * The documents that declare services and instances, the same for `PUT /v1/instances/{uuid}`, bulk NDJSON and a seed.
 * Strict: an unknown key is refused by name. A field that a document leaves out gets Nova's default in a new row and
 * keeps its value in an existing one, so that a move needs no more than the new host.
 */
import { z } from 'zod';
import { HostName } from '../../client-sdk/protocol/agent.ts';
import { FENCE_STATES } from '../../client-sdk/protocol/items.ts';
import type { Instant } from '../domain/clock.ts';
import type { Rules, ServiceDecision } from '../domain/decision.ts';
import { isPrintableName } from '../domain/names.ts';
import type { Service } from '../domain/service.ts';
import { SHORTEST_PERIOD } from '../domain/silence/deadline.ts';
import { newService, onDeclared } from '../domain/transition.ts';

const FreeText = z.string().max(255);
/** Nova's rule for names, used for every name and text that people read, wherever it arrives. */
export const Text = FreeText.refine(isPrintableName, 'must not contain control characters');
export const Name = Text.min(1, 'must not be empty');
/** UUID-like, as Nova accepts it: any version. Capitals mean the same id. */
export const Uuid = z.guid('must be a UUID').transform((id) => id.toLowerCase());
/** Id of a server that need not exist, in lower case as it is stored. */
export const ServerId = z
  .string()
  .min(1)
  .max(64)
  .transform((id) => id.toLowerCase());
const WholeNumber = z.int().min(0);
const Period = z.int().min(SHORTEST_PERIOD, `must be at least ${SHORTEST_PERIOD} ms`);

const TIME = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/;

/** Milliseconds of an ISO 8601 time. Without an offset it is UTC, as in Nova's own answers. NaN if it is not a time. */
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
  id: Name.describe('Id of the flavor, as Nova shows it.'),
  original_name: Name.describe('Name of the flavor, such as `m1.small`.'),
  vcpus: WholeNumber.describe('Virtual processors.'),
  ram: WholeNumber.describe('Memory in MiB.'),
  disk: WholeNumber.describe('Root disk in GiB.'),
  ephemeral: WholeNumber.default(0).describe('Ephemeral disk in GiB.'),
  swap: WholeNumber.default(0).describe('Swap in MiB.'),
  extra_specs: z.record(z.string(), z.string()).default({}).describe('Extra specs, text by name.'),
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

/** One VM. Only `name` and `project_id` are required; `host: null` means that it is on no host. */
export const InstanceDocument = z.strictObject({
  id: Uuid.describe('UUID of the server. Capitals mean the same id.'),
  name: Name.describe('Name of the server.'),
  project_id: Name.describe('The owning project, by its id or its name.'),
  user_id: Text.optional().describe('Who made it.'),
  host: HostName.nullable()
    .optional()
    .describe('Host that it is on, exactly as the agent reports it; `null`: no host.'),
  hypervisor_hostname: Name.nullable().optional().describe('Name of the hypervisor, if it is not the host.'),
  vm_state: Name.optional().describe("Nova's `vm_state`; `active` by default."),
  task_state: Name.nullable().optional().describe("Nova's `task_state`."),
  power_state: z
    .literal([0, 1, 3, 4, 6, 7], 'must be one of 0, 1, 3, 4, 6, 7 (Nova)')
    .optional()
    .describe("Nova's `power_state` as a number; by default that of the `vm_state`."),
  availability_zone: Text.nullable().optional().describe('Availability zone.'),
  image_ref: Text.optional().describe('Id of the image.'),
  flavor: FlavorDocument.optional().describe('Flavor it was made from; `m1.tiny` by default.'),
  locked: z.boolean().optional().describe('Whether it is locked.'),
  locked_by: z.enum(['owner', 'admin']).nullable().optional().describe('Who locked it.'),
  locked_reason: FreeText.nullable().optional().describe('Why it is locked.'),
  created_at: Time.optional().describe('When it was made; by default now.'),
  updated_at: Time.optional().describe('When it was last changed.'),
  launched_at: Time.nullable().optional().describe('When it was first started.'),
  terminated_at: Time.nullable().optional().describe('When it ended.'),
  deleted_at: Time.nullable().optional().describe('When it was deleted.'),
  metadata: z.record(z.string(), z.string()).optional().describe('Metadata, text by name.'),
  addresses: z
    .record(z.string(), z.array(AddressDocument))
    .optional()
    .describe('Addresses by the name of the network.'),
  tags: z.array(z.string().min(1).max(60)).optional().describe('Tags.'),
  security_groups: z.array(Name).optional().describe('Names of security groups.'),
  volumes_attached: z.array(VolumeDocument).optional().describe('Volumes that are attached.'),
  trusted_image_certificates: z
    .array(Name)
    .nullable()
    .optional()
    .describe('Ids of trusted image certificates.'),
  server_groups: z.array(Name).optional().describe('Ids of server groups.'),
  scheduler_hints: z.record(z.string(), z.unknown()).optional().describe('Scheduler hints.'),
  image_properties: z.record(z.string(), z.unknown()).optional().describe('Properties of the image.'),
  fault: FaultDocument.nullable().optional().describe('What went wrong, of a server in state `error`.'),
  description: Text.nullable().optional().describe('Description.'),
  access_ip_v4: Text.optional().describe('`accessIPv4`.'),
  access_ip_v6: Text.optional().describe('`accessIPv6`.'),
  config_drive: Text.optional().describe('Whether it has a config drive: `True` or empty.'),
  key_name: Text.nullable().optional().describe('Name of the key pair.'),
  progress: z.int().min(0).max(100).optional().describe('Progress of an action, in percent.'),
  disk_config: z.enum(['MANUAL', 'AUTO']).optional().describe('`OS-DCF:diskConfig`.'),
  reservation_id: Text.nullable().optional().describe('Id of the reservation.'),
  launch_index: WholeNumber.optional().describe('Place among the servers of one request.'),
  hostname: Text.nullable().optional().describe('Host name inside the server.'),
  kernel_id: Text.optional().describe('Id of the kernel image.'),
  ramdisk_id: Text.optional().describe('Id of the RAM disk image.'),
  root_device_name: Text.nullable().optional().describe('Name of the root device.'),
  user_data: z.string().max(65_535).nullable().optional().describe('User data, base64.'),
  instance_name: Text.nullable().optional().describe("The hypervisor's name of it."),
  pinned_availability_zone: Text.nullable().optional().describe('Availability zone that was asked for.'),
});
export type InstanceDocument = z.output<typeof InstanceDocument>;

/** One service. `live: true`, the default, counts as a report now; `live: false` is silent until its first report. */
export const ServiceDocument = z.strictObject({
  id: z
    .int()
    .positive()
    .optional()
    .describe('Number of the service in old microversions; generated by default.'),
  uuid: Uuid.optional().describe('UUID of the service; generated by default.'),
  host: HostName.describe('Name of the host, exactly as its agent reports it.'),
  binary: Name.default('nova-compute').describe('Name of the service.'),
  zone: Name.optional().describe('Availability zone; `nova` by default.'),
  disabled: z
    .boolean()
    .optional()
    .describe('Whether it is taken out of service: its servers show MAINTENANCE.'),
  disabled_reason: Name.nullable().optional().describe('Why, for operators.'),
  forced_down: z.boolean().optional().describe('Whether it is declared down: its servers show DOWN.'),
  forced_down_reason: Name.nullable().optional().describe('Why, for operators.'),
  fence: z.enum(FENCE_STATES).optional().describe('Progress of fencing the host.'),
  live: z
    .boolean()
    .default(true)
    .describe('Whether it counts as heard now. One that is new and `false` was never heard.'),
  updated_at: Time.optional().describe('When its row was last written; by default now.'),
  report_interval_ms: Period.nullable()
    .optional()
    .describe("How often it reports, in milliseconds; by default the deployment's."),
  service_down_time_ms: Period.nullable()
    .optional()
    .describe("How long its silence is tolerated, in milliseconds; by default the deployment's."),
});
export type ServiceDocument = z.output<typeof ServiceDocument>;

/** Creates or changes the service as its document says. An unchanged row is not written again. */
export function declareService(
  doc: ServiceDocument,
  by: { readonly uuid: string; readonly at: Instant; readonly actor: string; readonly rules: Rules },
): (current: Service | undefined) => ServiceDecision {
  return (current) => onDeclared(current, serviceFrom(doc, current, by), by, by.rules);
}

/** Applies a document to the existing service. */
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
  // A declaration is not a report: a new service that never reported stays "never heard".
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

/** A silent service last reported before its row was last written, if ever. */
function seenBefore(declared: Instant | undefined, current: Service | undefined): Instant | null {
  return current === undefined ? (declared ?? null) : current.lastSeenUp;
}

function orStays<T>(declared: T | undefined, stays: T): T {
  return declared === undefined ? stays : declared;
}
