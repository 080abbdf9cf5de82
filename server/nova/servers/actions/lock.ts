import { z } from 'zod';
import { authorize } from '../../call.ts';
import { SINCE } from '../../microversions.ts';
import { text } from '../../validation.ts';
import { runs } from './action.ts';

const Reason = z.strictObject({ locked_reason: text(1, 255).optional() }).nullable();
type LockBody = { readonly lock?: unknown };

/** An owner cannot replace an administrator's lock; locking again what one has locked changes nothing (Nova). */
export const lock = runs<LockBody>({
  body: (version) => z.strictObject({ lock: version >= SINCE.lockedReason ? Reason : z.unknown() }),
  rule: 'os_compute_api:os-lock-server:lock',
  kept: 'lock',
  evenLocked: true,
  change: ({ current, body, call }) => {
    const isOwner = current.projectId === call.identity.projectId;
    if (current.locked && isOwner) return {};
    const reason = Reason.safeParse(body.lock).data?.locked_reason ?? null;
    const lockedReason = call.version >= SINCE.lockedReason ? reason : null;
    return { locked: true, details: { lockedBy: isOwner ? 'owner' : 'admin', lockedReason } };
  },
});

export const unlock = runs({
  body: () => z.strictObject({ unlock: z.unknown() }),
  rule: 'os_compute_api:os-lock-server:unlock',
  kept: 'unlock',
  evenLocked: true,
  before: (_, call, nova, instance) => {
    const isOwner = instance.projectId === call.identity.projectId;
    const locker = instance.details.lockedBy;
    if (!instance.locked || locker === (isOwner ? 'owner' : 'admin')) return;
    authorize(nova, call, 'os_compute_api:os-lock-server:unlock:unlock_override', instance);
  },
  change: () => ({ locked: false, details: { lockedBy: null, lockedReason: null } }),
});
