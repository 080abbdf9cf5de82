/** Power actions: an inventory only records them as done. */
import { z } from 'zod';
import type { InstanceChange } from '../change.ts';
import { refuseHostless, refuseState } from '../change.ts';
import { type RunAction, runs } from './action.ts';

const RUNNING: InstanceChange = { vmState: 'active', taskState: null, powerState: 1 };

function flip(name: string, rule: string, from: readonly string[], to: InstanceChange): RunAction {
  return runs({
    // Nova checks the name only.
    body: () => z.strictObject({ [name]: z.unknown() }),
    rule: `os_compute_api:${rule}`,
    kept: name.replace('os-', ''),
    change: ({ current }) => {
      if (name === 'os-start' || name === 'os-stop') refuseHostless(current);
      refuseState(current, name, from);
      return to;
    },
  });
}

export const start = flip('os-start', 'servers:start', ['stopped'], RUNNING);
export const stop = flip('os-stop', 'servers:stop', ['active', 'error'], {
  vmState: 'stopped',
  taskState: null,
  powerState: 4,
});
export const pause = flip('pause', 'os-pause-server:pause', ['active'], {
  vmState: 'paused',
  taskState: null,
  powerState: 3,
});
export const unpause = flip('unpause', 'os-pause-server:unpause', ['paused'], RUNNING);
export const suspend = flip('suspend', 'os-suspend-server:suspend', ['active'], {
  vmState: 'suspended',
  taskState: null,
  powerState: 4,
});
export const resume = flip('resume', 'os-suspend-server:resume', ['suspended'], RUNNING);

const REBOOT_TYPES = ['HARD', 'Hard', 'hard', 'SOFT', 'Soft', 'soft'] as const;
/** Tasks that a hard reboot may interrupt. */
const CUT_SHORT = [
  'rebooting',
  'reboot_pending',
  'reboot_started',
  'resuming',
  'rebooting_hard',
  'unpausing',
  'pausing',
  'suspending',
];
const REBOOTABLE = {
  SOFT: ['active'],
  HARD: ['active', 'stopped', 'paused', 'suspended', 'error'],
};

export const reboot = runs({
  body: () => z.strictObject({ reboot: z.strictObject({ type: z.enum(REBOOT_TYPES) }) }),
  rule: 'os_compute_api:servers:reboot',
  kept: 'reboot',
  change: ({ current, body }) => {
    const kind = body.reboot.type.toUpperCase() as keyof typeof REBOOTABLE;
    refuseState(current, 'reboot', REBOOTABLE[kind], kind === 'HARD' ? CUT_SHORT : []);
    return RUNNING;
  },
});
