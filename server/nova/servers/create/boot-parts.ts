/** Boot parts of a new server: checked in form as Nova does, and not stored. */
import { z } from 'zod';
import { type Microversion, SINCE } from '../../microversions.ts';
import { BooleanLike, text } from '../../validation.ts';
import { Id, Tag } from '../schemas.ts';

/** Devices had tags in 2.32, lost them by mistake, and have them again from 2.42 on. */
function withDeviceTags(version: Microversion): boolean {
  return version === SINCE.deviceTags || version >= SINCE.deviceTagsAgain;
}

/** Below 2.37 networks had tags, and their ids could be any text, to be checked later. */
export function Network(version: Microversion) {
  const strict = version >= SINCE.networksRequired;
  const tagged = withDeviceTags(version) || (version >= SINCE.deviceTags && !strict);
  return z
    .strictObject({
      fixed_ip: z.union([z.ipv4(), z.ipv6()]).optional(),
      port: Id.nullable().optional(),
      uuid: Id.optional(),
      ...(tagged ? { tag: Tag.optional() } : {}),
    })
    .refine(({ port, uuid }) => port || uuid, { message: 'Bad network format: missing uuid' })
    .refine(({ port, fixed_ip }) => !(port && fixed_ip), { message: 'Give either port or fixed_ip' });
}

const Size = z.union([z.int().min(1), z.string().regex(/^[0-9]*[1-9][0-9]*$/)]);

const legacy = {
  virtual_name: text(0, 255).optional(),
  volume_id: Id.optional(),
  snapshot_id: Id.optional(),
  volume_size: Size.optional(),
  device_name: text(1, 255)
    .regex(/^[a-zA-Z0-9._/-]*$/)
    .optional(),
  delete_on_termination: BooleanLike.optional(),
  no_device: z.unknown().optional(),
  connection_info: z.string().optional(),
};

export const LegacyDevice = z.strictObject(legacy);

export function Device(version: Microversion) {
  return z.strictObject({
    ...legacy,
    source_type: z.enum(['volume', 'image', 'snapshot', 'blank']).optional(),
    uuid: text(1, 255)
      .regex(/^[a-zA-Z0-9._-]*$/)
      .optional(),
    image_id: Id.optional(),
    destination_type: z.enum(['local', 'volume']).optional(),
    guest_format: text(0, 255).optional(),
    device_type: text(0, 255).optional(),
    disk_bus: text(0, 255).optional(),
    boot_index: z
      .union([z.int(), z.string().regex(/^-?[0-9]+$/)])
      .nullable()
      .optional(),
    ...(withDeviceTags(version) ? { tag: Tag.optional() } : {}),
    ...(version >= SINCE.volumeType ? { volume_type: text(0, 255).nullable().optional() } : {}),
  });
}
