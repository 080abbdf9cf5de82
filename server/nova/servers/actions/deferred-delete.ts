/** Restores a softly deleted server; deletes any server at once. */
import { z } from 'zod';
import { refuseState } from '../change.ts';
import { gone } from '../delete.ts';
import { runs } from './action.ts';

export const forceDelete = runs({
  body: () => z.strictObject({ forceDelete: z.unknown() }),
  rule: 'os_compute_api:os-deferred-delete:force',
  kept: 'delete',
  change: ({ nova }) => gone(nova.clock.now()),
});

export const restore = runs({
  body: () => z.strictObject({ restore: z.unknown() }),
  rule: 'os_compute_api:os-deferred-delete:restore',
  kept: 'restore',
  change: ({ current }) => {
    refuseState(current, 'restore', ['soft-delete']);
    return { vmState: 'active', taskState: null, powerState: 1 };
  },
});
