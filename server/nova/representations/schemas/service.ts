import { z } from 'zod';
import { type Microversion, SINCE } from '../../microversions.ts';
import { MaybeText, NaiveTime, Text, Uuid } from './common.ts';

export function ServiceAnswer(version: Microversion): z.ZodType {
  return z.strictObject({
    id: version >= SINCE.serviceUuid ? Uuid : z.int(),
    binary: Text,
    host: Text,
    zone: Text,
    status: z.enum(['enabled', 'disabled']),
    state: z.enum(['up', 'down']),
    updated_at: NaiveTime,
    disabled_reason: MaybeText,
    ...(version >= SINCE.forcedDown ? { forced_down: z.boolean() } : {}),
  });
}

/** Below 2.53 the answer to an action repeats its request. */
export function ChangedService(version: Microversion): z.ZodType {
  if (version >= SINCE.serviceUuid) return ServiceAnswer(version);
  const force = z.strictObject({ host: Text, binary: Text, forced_down: z.boolean() });
  const status = z.enum(['enabled', 'disabled']);
  const toggle = z.strictObject({ host: Text, binary: Text, status, disabled_reason: Text.optional() });
  return version >= SINCE.forcedDown ? z.union([toggle, force]) : toggle;
}
