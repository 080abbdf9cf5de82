/** `POST /servers/{id}/action`: the one key of the body names the action. */
import type { z } from 'zod';
import type { Call, Nova, NovaAnswer } from '../../call.ts';
import { badRequest, NovaFault } from '../../faults.ts';
import { MAX_VERSION, MIN_VERSION, type Microversion, type VersionRange } from '../../microversions.ts';
import { findServer } from '../find.ts';
import type { RunAction } from './action.ts';
import { forceDelete, restore } from './deferred-delete.ts';
import { lock, unlock } from './lock.ts';
import { evacuate, migrate, migrateLive } from './move.ts';
import { pause, reboot, resume, start, stop, suspend, unpause } from './power.ts';
import { rebuild } from './rebuild.ts';
import { resetState } from './reset-state.ts';
import { shelve, shelveOffload, unshelve } from './shelve.ts';

/** The actions that an inventory can truthfully record. Any other is refused as unknown, in Nova's words. */
const ACTIONS: Readonly<Record<string, RunAction>> = {
  'os-resetState': resetState,
  'os-start': start,
  'os-stop': stop,
  pause,
  unpause,
  suspend,
  resume,
  reboot,
  lock,
  unlock,
  shelve,
  shelveOffload,
  unshelve,
  migrate,
  'os-migrateLive': migrateLive,
  evacuate,
  rebuild,
  forceDelete,
  restore,
};

const UNTIL_2_43 = { until: 43 };
const UNTIL_2_5 = { until: 5 };

/** Nova's other actions. hostbeat cannot do them, and says so only of a server that the caller may see. */
const BEYOND_US: Readonly<Record<string, VersionRange>> = {
  addFixedIp: UNTIL_2_43,
  addFloatingIp: UNTIL_2_43,
  addSecurityGroup: {},
  changePassword: {},
  confirmResize: {},
  createBackup: {},
  createImage: {},
  injectNetworkInfo: {},
  'os-getConsoleOutput': {},
  'os-getRDPConsole': UNTIL_2_5,
  'os-getSPICEConsole': UNTIL_2_5,
  'os-getSerialConsole': UNTIL_2_5,
  'os-getVNCConsole': UNTIL_2_5,
  removeFixedIp: UNTIL_2_43,
  removeFloatingIp: UNTIL_2_43,
  removeSecurityGroup: {},
  rescue: {},
  resetNetwork: {},
  resize: {},
  revertResize: {},
  trigger_crash_dump: { since: 17 },
  unrescue: {},
};

/** Bodies of all actions at a version. */
export function actionBodies(version: Microversion): readonly z.ZodType[] {
  return Object.values(ACTIONS).map(({ body }) => body(version));
}

export async function actOnServer(call: Call, nova: Nova): Promise<NovaAnswer> {
  const name = nameOf(call.body);
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  const beyond = Object.hasOwn(BEYOND_US, name) ? BEYOND_US[name] : undefined;
  if (beyond !== undefined) {
    const { since = MIN_VERSION, until = MAX_VERSION } = beyond;
    if (call.version < since || call.version > until) throw noSuchResource();
    await findServer(call, nova);
  }
  if (action === undefined) throw badRequest(`There is no such action: ${name.slice(0, 80)}`);
  return action(call, nova);
}

/**
 * Nova counts keys before it checks whether there are any: a list or text of length one, and null, do not name an
 * action, and get this answer.
 */
function nameOf(body: unknown): string {
  const isList = Array.isArray(body) || typeof body === 'string';
  if (body === undefined || (isList && body.length !== 1))
    throw badRequest('Malformed request body: give one action.');
  if (typeof body !== 'object' || body === null || isList) throw noSuchResource();
  const [name, ...more] = Object.keys(body);
  if (name === undefined || more.length > 0) throw badRequest('Malformed request body: give one action.');
  return name;
}

function noSuchResource(): NovaFault {
  return new NovaFault(404, 'The resource could not be found.');
}
