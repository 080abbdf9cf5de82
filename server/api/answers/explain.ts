/** The answers of the explanations. */
import { z } from 'zod';
import { HEALTH_CODES, OBSERVER_STATES } from '../../../client-sdk/protocol/downstream.ts';
import { Change, EVIDENCE, HostStatusValue, ServiceChange } from '../../../client-sdk/protocol/items.ts';
import { WITNESS_ANSWERS } from '../../domain/silence/reception.ts';
import { SILENCE_CODES } from '../../explain/silence-code.ts';
import { VERDICT_CODES } from '../../explain/verdict.ts';
import { CONFIDENCE } from './services.ts';

const Time = z.iso.datetime();
const Ms = z.number().describe('Milliseconds.');
const seq = z.number().int();

const Verdict = z.object({
  code: z.enum(VERDICT_CODES).describe('What it was then, and why.'),
  after: z
    .enum(SILENCE_CODES)
    .optional()
    .describe('Of a service that came back: why it had been called silent.'),
  doubtful: z.boolean().describe('hostbeat itself may have been the reason.'),
  text: z.string().describe('The same in one or two sentences.'),
});

const arrivals = z.array(Time).describe('Its last reports to this process, newest first; at most 4.');

const Now = z.object({
  arrivals,
  last_heard: Time.nullable(),
  silent_in_ms: Ms.nullable(),
  report_interval_ms: Ms,
  service_down_time_ms: Ms,
  connected: z.boolean(),
  confidence: z.enum(CONFIDENCE),
});

const Silence = z.object({
  at: Time,
  arrivals,
  last_heard: Time.nullable().describe('Null: it never reported.'),
  report_interval_ms: Ms,
  service_down_time_ms: Ms,
  deadline: Time.describe('When its report was due.'),
  late_ms: Ms.nullable().describe(
    'How long after the deadline it was decided; null where the deadline did not decide.',
  ),
  not_counted_ms: Ms.describe(
    'Time in which hostbeat itself did not run: it does not count against a service.',
  ),
  connection: z.object({
    state: z.enum(['open', 'unanswered', 'ended', 'none']).describe("The agent's connection at that moment."),
    evidence: z.enum(EVIDENCE).optional().describe('How it ended.'),
    ended_at: Time.optional(),
  }),
  observer: z.object({
    state: z.enum(OBSERVER_STATES),
    code: z.enum(HEALTH_CODES).optional(),
    reason: z.string().optional(),
  }),
  others: z
    .object({
      reporting: z.number().int(),
      late: z.number().int(),
      heard: z.boolean().describe('Whether most services of at least one zone reported as usual.'),
    })
    .nullable()
    .describe('The other services at that moment; null where they did not matter.'),
  witness: z
    .enum(WITNESS_ANSWERS)
    .optional()
    .describe('What the witness (HOSTBEAT_WITNESS) said, where too few others could vouch.'),
  together: z
    .object({ count: z.number().int(), hosts: z.array(z.string()) })
    .describe('Others whose silence was decided in the same sweep; at most 10 are named.'),
});

const ObserverEntry = z.object({
  at: Time.describe('Since when.'),
  state: z.enum([...OBSERVER_STATES, 'started', 'stopped']),
  code: z.enum(HEALTH_CODES).nullable(),
  reason: z.string().nullable(),
  blind_ms: Ms.describe('How long hostbeat had not been looking when this began.'),
});

const Delivery = z.object({
  seq: seq.describe('Its number in that stream.'),
  sent: z.number().int().describe('Subscriptions that received it, as far as recorded.'),
  waiting: z.number().int(),
  acknowledged: z.number().int(),
  to: z
    .array(
      z.object({
        session: z.string(),
        user_id: z.string(),
        state: z.enum(['sent', 'waiting']),
        acknowledged: z.boolean(),
        filtered: z.boolean().describe('It has a filter, which may have left the change out.'),
        ended_at: Time.nullable().describe('Null: it is open.'),
      }),
    )
    .describe('At most 20 of them.'),
  webhooks: z
    .array(
      z.object({
        webhook_id: z.string(),
        name: z.string(),
        state: z
          .enum(['past', 'waiting', 'paused', 'parked'])
          .describe('`past`: it was delivered, or has nothing that the webhook asks for.'),
        attempts: z.number().int().describe('Failed ones so far.'),
      }),
    )
    .describe('Webhooks that the project had at that time; at most 20 of them.'),
});

export const ServiceExplanation = z.object({
  service: z.object({ uuid: z.string(), host: z.string(), binary: z.string(), zone: z.string() }),
  at: Time.describe('The moment that is explained.'),
  host_status: HostStatusValue.nullable().describe('At that moment; null: not recorded.'),
  verdict: Verdict,
  now: Now.nullable().describe('What is known from memory, if the moment is now.'),
  silence: Silence.nullable().describe('What was known when it was last called silent, up to that moment.'),
  observer: z
    .array(ObserverEntry)
    .describe('How hostbeat itself was in the ten minutes before; oldest first.'),
  changes: z.array(ServiceChange.extend({ seq })).describe('What was committed up to then, newest first.'),
  deliveries: z
    .object({
      of: seq.describe('`seq` of the change that set the status.'),
      committed_at: Time,
      streams: z.array(
        Delivery.extend({
          project_id: z.string().nullable().describe("The owner's; null: the operators' stream."),
          servers: z.number().int(),
        }),
      ),
    })
    .nullable()
    .describe('To whom the change that set the status was sent.'),
});
export type ServiceExplanation = z.output<typeof ServiceExplanation>;

export const ServerExplanation = z.object({
  server_id: z.string(),
  at: Time,
  host_status: HostStatusValue.nullable(),
  verdict: Verdict,
  observer: z.array(ObserverEntry.omit({ reason: true, blind_ms: true })),
  changes: z.array(Change.extend({ seq })),
  delivery: Delivery.nullable().describe("The project's own subscriptions that were sent the change."),
});
export type ServerExplanation = z.output<typeof ServerExplanation>;
