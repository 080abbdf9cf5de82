/** The answers of `/v1/services` and `/v1/hosts`. */
import { z } from 'zod';
import { EVIDENCE, Facts, FENCE_STATES, HostStatusValue } from '../../../client-sdk/protocol/items.ts';

const Time = z.iso.datetime();

export const CONFIDENCE = ['observed', 'grace', 'flap_hold', 'never_heard'] as const;
const Confidence = z
  .enum(CONFIDENCE)
  .describe(
    '`observed`: as its reports say; `grace`: as recorded before the start of hostbeat; `flap_hold`: its return is held back; `never_heard`: it has never reported.',
  );

/** As in items and states of the stream. */
const evidence = {
  evidence: z.enum(EVIDENCE).optional().describe('How its silence was found; absent while it reports.'),
  heard_while_forced_down: z
    .literal(true)
    .optional()
    .describe('It has reported since it was declared down: the fence does not hold.'),
};

const identity = {
  uuid: z.string().describe('Id of the service.'),
  host: z.string().describe('Name of the host, exactly as its agent reports it.'),
  binary: z.string().describe('Name of the service; servers depend on `nova-compute`.'),
};
const status = {
  host_status: HostStatusValue,
  facts: Facts,
};

export const Service = z.object({
  ...identity,
  id: z.number().int().describe('Number of the service in old microversions.'),
  zone: z.string().describe('Availability zone.'),
  ...status,
  since: Time.describe('Since when `host_status` has this value.'),
  disabled_reason: z.string().nullable(),
  forced_down_at: Time.nullable(),
  forced_down_by: z.string().nullable().describe('Id of the user who declared it down.'),
  forced_down_reason: z.string().nullable(),
  ...evidence,
  fence: z.enum(FENCE_STATES).describe('Progress of fencing the host.'),
  heard_while_forced_down_at: Time.nullable().describe(
    'Its first report since it was declared down: what was to be fenced still runs.',
  ),
  report_interval_ms: z.number().nullable().describe("Null: the deployment's."),
  service_down_time_ms: z.number().nullable().describe("Null: the deployment's."),
  confidence: Confidence,
  liveness: z.object({
    last_seen_up: Time.nullable().describe('Its last report; null: never.'),
    silent_in_ms: z.number().nullable().describe('When it will count as silent, if it does not report.'),
    connected: z.boolean().describe('Whether its agent has a connection now.'),
    held: z
      .object({ for_ms: z.number(), edges: z.number().int() })
      .nullable()
      .describe('While its return is held back: for how much longer, and how often it came and went.'),
    report_interval_ms: z.number().describe('What applies.'),
    service_down_time_ms: z.number().describe('What applies.'),
  }),
  created_at: Time,
  updated_at: Time,
});
export type Service = z.output<typeof Service>;

export const Services = z.object({
  services: z.array(Service),
  next: z.string().nullable().describe('Marker of the next page; null on the last one.'),
});

export const ServiceDetail = Service.extend({
  servers: z.number().int().describe('How many servers are on the host.'),
});
export type ServiceDetail = z.output<typeof ServiceDetail>;

/** For a caller who may change a service but not read it. */
export const ServiceBrief = z.object({
  ...identity,
  ...status,
  forced_down_reason: z.string().nullable(),
});
export type ServiceBrief = z.output<typeof ServiceBrief>;

export const Host = z.object({
  host: z.string(),
  zone: z.string().nullable().describe('Of its compute service; null without one.'),
  host_status: HostStatusValue.describe('Of its compute service; empty without one.'),
  servers: z.number().int().describe('How many servers are on it.'),
  services: z.array(
    z.object({
      uuid: z.string(),
      binary: z.string(),
      host_status: HostStatusValue,
      since: Time,
      facts: Facts,
      reason: z.string().nullable().optional(),
      ...evidence,
      fence: z.enum(FENCE_STATES).optional(),
      confidence: Confidence,
    }),
  ),
});
export type Host = z.output<typeof Host>;

export const Hosts = z.object({
  hosts: z.array(Host),
  next: z.string().nullable().describe('Marker of the next page; null on the last one.'),
});
