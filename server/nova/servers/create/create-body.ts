/** The body of `POST /servers`, closed, chosen by microversion. From Nova's own table of schemas. */
import { z } from 'zod';
import { type Microversion, SINCE } from '../../microversions.ts';
import { BooleanLike, closed, HostName, Name, text } from '../../validation.ts';
import {
  Certificates,
  described,
  Id,
  Metadata,
  MOST_TAGS,
  names,
  Personality,
  Tag,
  type UpdateBody,
  UserData,
} from '../schemas.ts';
import { Device, LegacyDevice, Network } from './boot-parts.ts';

const Count = z
  .union([z.int().min(1), z.string().regex(/^[0-9]*[1-9][0-9]*$/)], {
    message: 'It is not an integer of 1 or more',
  })
  .transform(Number);

export interface CreateBody extends UpdateBody {
  readonly name: string;
  readonly flavorRef: string;
  readonly imageRef?: string | undefined;
  readonly adminPass?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly availability_zone?: string | undefined;
  readonly block_device_mapping?: readonly unknown[] | undefined;
  readonly block_device_mapping_v2?: readonly unknown[] | undefined;
  readonly config_drive?: boolean | undefined;
  readonly key_name?: string | undefined;
  readonly min_count?: number | undefined;
  readonly max_count?: number | undefined;
  readonly return_reservation_id?: boolean | undefined;
  readonly security_groups?: readonly { readonly name?: string | undefined }[] | undefined;
  readonly user_data?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly trusted_image_certificates?: readonly string[] | null | undefined;
  readonly host?: string | undefined;
  readonly hypervisor_hostname?: string | undefined;
}

type Hints = Readonly<Record<string, unknown>>;
export interface CreateRequest {
  readonly server: CreateBody;
  readonly 'os:scheduler_hints'?: Hints | undefined;
  readonly 'OS-SCH-HNT:scheduler_hints'?: Hints | undefined;
}

const Ids = z.union([Id, z.array(Id)]).optional();
const HintsBody = z
  .looseObject({
    group: Ids,
    different_host: Ids,
    same_host: z.union([z.string(), z.array(Id)]).optional(),
    query: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
    target_cell: Name.optional(),
    different_cell: z.union([z.string(), z.array(z.string())]).optional(),
    build_near_host_ip: z.union([z.ipv4(), z.ipv6()]).optional(),
    cidr: z
      .string()
      .regex(/^\/[0-9a-f.:]+$/)
      .optional(),
  })
  .optional();

/** A flavor may be named by its URL too: the last segment of the path counts. */
function lastPart(ref: string | number): string {
  const path = String(ref).replace(/[?#].*$/, '');
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Names of networks, volumes, keys and groups are accepted as they come: hostbeat has none to check them against. */
export function createBody(version: Microversion): z.ZodType<CreateRequest> {
  const networks = z.array(Network(version));
  return closed({
    server: closed<CreateBody>({
      ...names,
      ...described(version),
      name: Name,
      flavorRef: z.union([text(1, 255), z.int().min(0)]).transform(lastPart),
      imageRef: z.union([z.literal(''), Id]).optional(),
      adminPass: z.string().optional(),
      metadata: Metadata.optional(),
      networks:
        version >= SINCE.networksRequired
          ? z.union([networks, z.enum(['none', 'auto'])])
          : networks.optional(),
      availability_zone: Name.optional(),
      block_device_mapping: z.array(LegacyDevice).optional(),
      block_device_mapping_v2: z.array(Device(version)).optional(),
      config_drive: BooleanLike.optional(),
      key_name: Name.optional(),
      min_count: Count.optional(),
      max_count: Count.optional(),
      return_reservation_id: BooleanLike.optional(),
      security_groups: z.array(z.strictObject({ name: Name.optional() })).optional(),
      user_data: UserData.optional(),
      ...(version >= SINCE.createWithTags ? { tags: z.array(Tag).max(MOST_TAGS).optional() } : {}),
      ...(version >= SINCE.rebuildUserData ? {} : { personality: Personality.optional() }),
      ...(version >= SINCE.trustedCertificates ? { trusted_image_certificates: Certificates } : {}),
      ...(version >= SINCE.createOnHost
        ? { host: HostName.optional(), hypervisor_hostname: HostName.optional() }
        : {}),
    }),
    'os:scheduler_hints': HintsBody,
    'OS-SCH-HNT:scheduler_hints': HintsBody,
  });
}
