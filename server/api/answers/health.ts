/** The answers of `/healthz` and `/readyz`. */
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
  node: z
    .object({
      id: z.int().describe('A new one with each start.'),
      leads: z.boolean().describe('Whether it commits silences.'),
      leader: z.int().nullable().describe('The node that leads, as far as this one knows.'),
      nodes: z.int().describe('How many nodes it hears, itself included.'),
      commit: z.int().describe('The last commit that it has announced.'),
      trouble: z.string().optional().describe('What keeps it from working.'),
    })
    .optional()
    .describe('This node, where several may share the database.'),
});
export type Readiness = z.output<typeof Readiness>;
