import { z } from 'zod';
import { HOST_STATUSES } from './host-status.ts';

/** The three facts host_status is derived from. They are sent with it because its order of precedence hides some of them. */
export const Facts = z.object({
  forced_down: z.boolean(),
  disabled: z.boolean(),
  live: z.boolean(),
});
export type Facts = z.infer<typeof Facts>;

export const HostStatusValue = z.enum(HOST_STATUSES);

/** RFC 3339, UTC, milliseconds. */
const Time = z.string();

/** The host reported after it was forced down: its fence failed, and its servers may still run. */
const HeardWhileForcedDown = z.literal(true).optional();

/**
 * Only in a snapshot. `grace`: hostbeat was restarted, and the state is the recorded one; the host has not reported
 * since. `never_heard`: the host was declared and has never reported. It ends with the next change; `health` says when
 * hostbeat no longer waits for any service.
 */
const Confidence = z.enum(['grace', 'never_heard']).optional();

export const FENCE_STATES = ['none', 'requested', 'confirmed'] as const;
/** How far the fencing of a host that was forced down has come. */
export type Fence = (typeof FENCE_STATES)[number];
const FenceValue = z.enum(FENCE_STATES).optional();

export const EVIDENCE = ['closed', 'reset', 'unanswered', 'none', 'goodbye'] as const;
/**
 * How a silence was found. `goodbye`: the agent said that it leaves. `closed`: its connection was closed by the host's
 * own kernel (FIN), so the agent has ended and the host runs. `reset`: the connection was reset. `unanswered`: the
 * connection stood and a ping got no answer. `none`: only time passed without a report.
 */
export type Evidence = (typeof EVIDENCE)[number];
const EvidenceValue = z.enum(EVIDENCE).optional();

/** A rehearsal: nothing really happened. An item says when it ends, even if the server's next real change ends it. */
export const Drill = z.object({
  id: z.string(),
  /** When the drill ends by itself. */
  until: Time,
  ended: z.literal(true).optional(),
});
export type Drill = z.infer<typeof Drill>;

/** One server as it is now. Under the policy `unknown-only`, `host_status` is `UNKNOWN` or absent and `facts` are absent. */
export const ServerState = z.object({
  server_id: z.string(),
  name: z.string(),
  host_status: HostStatusValue.optional(),
  /** Nova's hostId: a hash of project and host; the host's own name is never sent to an owner. */
  host_id: z.string(),
  /** Since when host_status has this value; absent if unknown. */
  since: Time.optional(),
  facts: Facts.optional(),
  evidence: EvidenceValue,
  fence: FenceValue,
  heard_while_forced_down: HeardWhileForcedDown,
  confidence: Confidence,
  reason: z.string().nullable().optional(),
  maintenance: z.unknown().optional(),
  /** Never sent by a server: a client that counts drills sets it on the states that drills leave. */
  drill: Drill.optional(),
});
export type ServerState = z.infer<typeof ServerState>;

export const CHANGE_KINDS = [
  'transition',
  'annotation',
  'server_added',
  'server_removed',
  'maintenance',
  'drill',
] as const;
export type ChangeKind = (typeof CHANGE_KINDS)[number];

export const CAUSES = [
  'heartbeat',
  'timeout',
  'connection_lost',
  'goodbye',
  'forced_down',
  'disabled',
  'fence',
  'reason',
  'placement',
  'service_added',
  'service_removed',
  'maintenance',
  'mass',
  'drill',
] as const;
export type Cause = (typeof CAUSES)[number];

const changeFields = {
  kind: z.enum(CHANGE_KINDS),
  from: HostStatusValue.nullable().optional(),
  to: HostStatusValue.nullable().optional(),
  facts: Facts.optional(),
  cause: z.enum(CAUSES),
  at: Time,
  /** Earliest and latest time at which it really happened, where only a span is known. */
  observed: z.tuple([Time, Time]).optional(),
  correlation_id: z.string().optional(),
  flapping: z.boolean().optional(),
  detected_after_restart: z.boolean().optional(),
  evidence: EvidenceValue,
  fence: FenceValue,
  heard_while_forced_down: HeardWhileForcedDown,
  reason: z.string().nullable().optional(),
};

/** One thing that happened to one server. `from` is null for a new server, `to` for a removed one. */
export const Change = z.object({
  ...changeFields,
  server_id: z.string(),
  name: z.string(),
  host_id: z.string(),
  drill: Drill.optional(),
});
export type Change = z.infer<typeof Change>;

const serviceFields = {
  service_id: z.string(),
  host: z.string(),
  binary: z.string(),
  zone: z.string(),
};

/** One service as an operator sees it on the stream `hosts`. */
export const ServiceState = z.object({
  ...serviceFields,
  host_status: HostStatusValue,
  since: Time,
  facts: Facts,
  heard_while_forced_down: HeardWhileForcedDown,
  confidence: Confidence,
  reason: z.string().nullable().optional(),
  evidence: EvidenceValue,
  fence: FenceValue,
  /** How many servers are on its host. */
  servers: z.number().int(),
});
export type ServiceState = z.infer<typeof ServiceState>;

/** One thing that happened to one service, for operators. */
export const ServiceChange = z.object({
  ...changeFields,
  kind: z.enum(['transition', 'annotation', 'service_added', 'service_removed', 'maintenance']),
  ...serviceFields,
  /** The actor: a user's id, or the part of hostbeat that decided. */
  actor: z.string().optional(),
  /** How many servers it affected. */
  servers: z.number().int(),
});
export type ServiceChange = z.infer<typeof ServiceChange>;
