import { z } from 'zod';
import { runs } from './action.ts';

/** `os-resetState`: sets a server's state, whatever it was and whichever user locked it; power_state stays. */
export const resetState = runs({
  body: () => z.strictObject({ 'os-resetState': z.strictObject({ state: z.enum(['active', 'error']) }) }),
  rule: 'os_compute_api:os-admin-actions:reset_state',
  kept: 'resetState',
  evenLocked: true,
  change: ({ body }) => ({ vmState: body['os-resetState'].state, taskState: null }),
});
