import { z } from 'zod';

/** Frames of agents, subprotocol `hostbeat-agent.v1`, and the body of `POST /v1/reports`: the same shapes. */

/** Nova's own rule for host names in os-services: 1..255 of letters, digits, `-`, `.`, `_`. */
export const HostName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[a-zA-Z0-9._-]*$/, 'may hold letters, digits, "-", "." and "_" only');

/** One report: "this service is alive". Only the time of receipt counts; the sender's clock is never used. */
export const Report = z.strictObject({
  host: HostName,
  binary: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'must not contain control characters')
    .default('nova-compute'),
});
export type Report = z.infer<typeof Report>;

export const MAX_REPORTS = 10_000;

/** How long a restarting agent may ask the server to wait for it. */
export const MAX_GOODBYE_TTL_MS = 3_600_000;

/**
 * With `goodbye` these reports are the agent's last. A request cannot know whether another agent posts for the same
 * services, so they count as silent one and a half report intervals later at the earliest.
 */
export const ReportsBody = z.strictObject({
  reports: z.array(z.unknown()).min(1).max(MAX_REPORTS),
  goodbye: z
    .strictObject({
      reason: z.enum(['shutdown', 'restart']),
      ttl_ms: z.number().int().min(0).max(MAX_GOODBYE_TTL_MS).optional(),
    })
    .optional(),
});

export const ReportRejected = z.object({ index: z.number().int(), error: z.string() });
export const ReportedService = z.object({
  host: z.string(),
  binary: z.string(),
  /** Tells a fenced agent that it is fenced, so that it can stop itself. */
  forced_down: z.boolean(),
  disabled: z.boolean(),
  /** When the server asks for the next report, so that agents spread over the interval. */
  interval_hint_ms: z.number().int(),
});
export const ReportsAnswer = z.object({
  accepted: z.number().int(),
  rejected: z.array(ReportRejected),
  services: z.array(ReportedService),
  /**
   * The reports were accepted, but this node cannot pass them on to the others now: an agent that knows other nodes
   * reports to one of them.
   * Absent while all is well.
   */
  degraded: z.literal(true).optional(),
});
export type ReportsAnswer = z.infer<typeof ReportsAnswer>;

/**
 * Agent to server. `seq`, where given, comes back with the answer, which names every service. Frames without it that
 * arrive together are answered together: `index` of a rejected report then counts from the first report since the last
 * answer, and for more than 32 services the answer names only those that are forced down or disabled.
 */
export const AgentReport = z.object({
  type: z.literal('report'),
  seq: z.number().int().nonnegative().optional(),
  reports: z.array(z.unknown()).min(1).max(MAX_REPORTS),
});
export type AgentReport = z.infer<typeof AgentReport>;

/** The agent leaves on purpose. `shutdown`: count the services as silent now. `restart`: wait `ttl_ms` for them first. */
export const AgentGoodbye = z.object({
  type: z.literal('goodbye'),
  reason: z.enum(['shutdown', 'restart']),
  ttl_ms: z.number().int().min(0).max(MAX_GOODBYE_TTL_MS).optional(),
});

export const AgentUpstream = z.discriminatedUnion('type', [AgentReport, AgentGoodbye]);
export type AgentUpstream = z.infer<typeof AgentUpstream>;

export const AgentWelcome = z.object({
  type: z.literal('welcome'),
  session: z.string(),
  server: z.object({ name: z.string(), version: z.string() }),
  report_interval_ms: z.number().int(),
  service_down_time_ms: z.number().int(),
});
export const AgentReported = ReportsAnswer.extend({
  type: z.literal('reported'),
  seq: z.number().int().optional(),
  /** When the server asks for the next report of the services that are not named. */
  interval_hint_ms: z.number().int().optional(),
});
/** A flag of one of the agent's services changed; sent without being asked, so that a fenced agent learns it at once. */
export const AgentService = ReportedService.extend({ type: z.literal('service') });
export const AgentError = z.object({ type: z.literal('error'), code: z.string(), message: z.string() });
export const AgentDownstream = z.discriminatedUnion('type', [
  AgentWelcome,
  AgentReported,
  AgentService,
  AgentError,
]);
export type AgentDownstream = z.infer<typeof AgentDownstream>;
