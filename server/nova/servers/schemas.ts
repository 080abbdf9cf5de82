/** Bodies of servers' operations, each closed, chosen by microversion. From Nova's own table of schemas. */
import { z } from 'zod';
import { type Microversion, SINCE } from '../microversions.ts';
import { BooleanLike, closed, Description, HostName, isUuidLike, Name, text } from '../validation.ts';

const DiskConfig = z.enum(['AUTO', 'MANUAL']);
export const Metadata = z.record(
  z.string().regex(/^[a-zA-Z0-9\-_:. ]{1,255}$/, 'It is no metadata key'),
  text(0, 255),
);
export const MOST_TAGS = 50;
export const Tag = text(1, 60).regex(/^[^,/]*$/, { message: 'It may not hold "," or "/"' });
const Certificates = z.array(text(1, 255)).min(1).max(50);
const UserData = text(0, 65535);
const Id = z.string().refine(isUuidLike, { message: 'It is no UUID' });
const ShortHostName = text(2, 63).regex(/^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$/, {
  message: 'It is no host name',
});
const Count = z
  .union([z.int().min(1), z.string().regex(/^[0-9]*[1-9][0-9]*$/)], {
    message: 'It is no integer of 1 or more',
  })
  .transform(Number);

/** An IPv6 address as it is kept and told: as short as can be, in hex (Nova). */
function shortest(address: string): string {
  const url = URL.parse(`http://[${address}]`);
  return url === null ? address : url.hostname.slice(1, -1);
}

const names = {
  name: Name.optional(),
  'OS-DCF:diskConfig': DiskConfig.optional(),
  accessIPv4: z.ipv4({ message: 'It is no IPv4 address' }).optional(),
  accessIPv6: z.ipv6({ message: 'It is no IPv6 address' }).transform(shortest).optional(),
};

/** Keys that a version adds to `names`, shared by the three bodies that describe a server. */
function described(version: Microversion) {
  return {
    ...(version >= SINCE.description ? { description: Description.optional() } : {}),
    ...(version >= SINCE.hostname
      ? { hostname: (version >= SINCE.qualifiedHostname ? HostName : ShortHostName).optional() }
      : {}),
  };
}

export interface UpdateBody {
  readonly name?: string | undefined;
  readonly description?: string | null | undefined;
  readonly hostname?: string | undefined;
  readonly accessIPv4?: string | undefined;
  readonly accessIPv6?: string | undefined;
  readonly 'OS-DCF:diskConfig'?: 'AUTO' | 'MANUAL' | undefined;
}

export function updateBody(version: Microversion): z.ZodType<{ readonly server: UpdateBody }> {
  return z.strictObject({ server: closed<UpdateBody>({ ...names, ...described(version) }) });
}

export interface RebuildBody extends UpdateBody {
  readonly imageRef: string;
  readonly adminPass?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly key_name?: string | null | undefined;
  readonly user_data?: string | null | undefined;
  readonly trusted_image_certificates?: readonly string[] | null | undefined;
}

export function rebuildBody(version: Microversion): z.ZodType<{ readonly rebuild: RebuildBody }> {
  return z.strictObject({
    rebuild: closed<RebuildBody>({
      ...names,
      ...described(version),
      imageRef: Id,
      adminPass: z.string().optional(),
      metadata: Metadata.optional(),
      preserve_ephemeral: BooleanLike.optional(),
      ...(version >= SINCE.rebuildKeyName ? { key_name: Name.nullable().optional() } : {}),
      ...(version >= SINCE.rebuildUserData
        ? { user_data: UserData.nullable().optional() }
        : { personality: z.array(z.unknown()).optional() }),
      ...(version >= SINCE.trustedCertificates
        ? { trusted_image_certificates: Certificates.nullable().optional() }
        : {}),
    }),
  });
}

export interface CreateBody extends UpdateBody {
  readonly name: string;
  readonly flavorRef: string;
  readonly imageRef?: string | undefined;
  readonly adminPass?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly availability_zone?: string | undefined;
  readonly config_drive?: boolean | undefined;
  readonly key_name?: string | undefined;
  readonly min_count?: number | undefined;
  readonly max_count?: number | undefined;
  readonly return_reservation_id?: boolean | undefined;
  readonly security_groups?: readonly { readonly name?: string | undefined }[] | undefined;
  readonly user_data?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly trusted_image_certificates?: readonly string[] | undefined;
  readonly host?: string | undefined;
  readonly hypervisor_hostname?: string | undefined;
}

type Hints = Readonly<Record<string, unknown>>;
export interface CreateRequest {
  readonly server: CreateBody;
  readonly 'os:scheduler_hints'?: Hints | undefined;
  readonly 'OS-SCH-HNT:scheduler_hints'?: Hints | undefined;
}

/** What concerns networks and volumes is taken as it comes: there are none here to check it against. */
export function createBody(version: Microversion): z.ZodType<CreateRequest> {
  const networks = z.union([z.array(z.record(z.string(), z.unknown())), z.enum(['none', 'auto'])]);
  const devices = z.array(z.record(z.string(), z.unknown())).optional();
  const hints = z.record(z.string(), z.unknown()).optional();
  return z.strictObject({
    server: closed<CreateBody>({
      ...names,
      ...described(version),
      name: Name,
      flavorRef: z.union([text(1, 255), z.int().min(0)]).transform(String),
      imageRef: z.union([z.literal(''), Id]).optional(),
      adminPass: z.string().optional(),
      metadata: Metadata.optional(),
      networks:
        version >= SINCE.networksRequired ? networks : z.array(z.record(z.string(), z.unknown())).optional(),
      availability_zone: Name.optional(),
      block_device_mapping: devices,
      block_device_mapping_v2: devices,
      config_drive: BooleanLike.optional(),
      key_name: Name.optional(),
      min_count: Count.optional(),
      max_count: Count.optional(),
      return_reservation_id: BooleanLike.optional(),
      security_groups: z.array(z.strictObject({ name: Name.optional() })).optional(),
      user_data: UserData.optional(),
      ...(version >= SINCE.createWithTags ? { tags: z.array(Tag).max(MOST_TAGS).optional() } : {}),
      ...(version >= SINCE.rebuildUserData ? {} : { personality: z.array(z.unknown()).optional() }),
      ...(version >= SINCE.trustedCertificates
        ? { trusted_image_certificates: Certificates.optional() }
        : {}),
      ...(version >= SINCE.createOnHost
        ? { host: HostName.optional(), hypervisor_hostname: HostName.optional() }
        : {}),
    }),
    'os:scheduler_hints': hints,
    'OS-SCH-HNT:scheduler_hints': hints,
  });
}
