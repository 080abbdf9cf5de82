/** The answers of the receivers of monitors. */
import { z } from 'zod';

const index = z.number().int().describe('Position in the request.');

export const SignalOutcome = z.union([
  z.object({ index, host: z.string(), done: z.enum(['forced_down', 'lifted', 'unchanged']) }),
  z.object({
    index,
    refused: z.string().describe('This token is limited to other zones or hosts. Nothing was done.'),
  }),
  z.object({ index, ignored: z.string().describe('Why nothing was done.') }),
]);
export type SignalOutcome = z.output<typeof SignalOutcome>;

export const SignalOutcomes = z.object({ events: z.array(SignalOutcome) });
