/** Bodies of PUT and rebuild, each closed, chosen by microversion, and what they share with creation. */
import { z } from 'zod';
import { type Microversion, SINCE } from '../microversions.ts';
import { BooleanLike, closed, Description, HostName, isUuidLike, Name, text } from '../validation.ts';

const DiskConfig = z.enum(['AUTO', 'MANUAL']);
export const Metadata = z.record(
  z.string().regex(/^[a-zA-Z0-9\-_:. ]{1,255}$/, 'It is not a metadata key'),
  text(0, 255),
);
export const MOST_TAGS = 50;
export const Tag = text(1, 60).regex(/^[^,/]*$/, { message: 'It must not contain "," or "/"' });
export const Certificates = z
  .array(z.string().min(1))
  .min(1)
  .max(50)
  .refine((ids) => new Set(ids).size === ids.length, { message: 'Each may be named once' })
  .nullable()
  .optional();
export const UserData = text(0, 65535).refine(isBase64, { message: 'It is not Base64' });
export const Personality = z.array(
  z.strictObject({ path: z.string().optional(), contents: UserData.optional() }),
);
export const Id = z.string().refine(isUuidLike, { message: 'It is not a UUID' });
const ShortHostName = text(2, 63).regex(/^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$/, {
  message: 'It is not a host name',
});

/** As Python decodes it: other characters are ignored, only the padding must be right. */
function isBase64(value: string): boolean {
  return value.replace(/[^A-Za-z0-9+/=]/g, '').length % 4 === 0;
}

/** An IPv6 address as stored and shown: the shortest form, in hex (Nova). */
function shortest(address: string): string {
  const url = URL.parse(`http://[${address}]`);
  return url === null ? address : url.hostname.slice(1, -1);
}

export const names = {
  name: Name.optional(),
  'OS-DCF:diskConfig': DiskConfig.optional(),
  accessIPv4: z.ipv4({ message: 'It is not an IPv4 address' }).optional(),
  accessIPv6: z.ipv6({ message: 'It is not an IPv6 address' }).transform(shortest).optional(),
};

/** Keys that a version adds to `names`, shared by the three bodies that describe a server. */
export function described(version: Microversion) {
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
      ...(version >= SINCE.rebuildKeyName ? { key_name: text(1, 255).nullable().optional() } : {}),
      ...(version >= SINCE.rebuildUserData
        ? { user_data: UserData.nullable().optional() }
        : { personality: Personality.optional() }),
      ...(version >= SINCE.trustedCertificates ? { trusted_image_certificates: Certificates } : {}),
    }),
  });
}
