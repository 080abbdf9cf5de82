/** What `/healthz` and `/readyz` answer. */
import { z } from 'zod';
import { OBSERVER_STATES } from '../../../client-sdk/protocol/downstream.ts';

export const Healthy = z.object({ status: z.literal('ok') });

export const Readiness = z.object({
  ready: z.boolean(),
  database: z.enum(['ok', 'failing']),
  observer: z.enum(OBSERVER_STATES).describe('How well hostbeat itself can see.'),
  reason: z.string().optional().describe('Why it is not ready, or cannot see well.'),
  warning: z.string().optional().describe('What will become a problem.'),
  observing_since: z.iso.datetime(),
});
export type Readiness = z.output<typeof Readiness>;
