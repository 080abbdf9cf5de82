/**
 * Answers of the identity API, as schemas: documents take their types from here, `/openapi.json` its responses, and
 * tests check every answer against them.
 */
import { z } from 'zod';

const Ref = z.strictObject({ id: z.string(), name: z.string() });
const InDomain = z.strictObject({ ...Ref.shape, domain: Ref });
const Links = z.strictObject({ self: z.string() });
/** UTC to the microsecond, as Keystone writes it. */
const Moment = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
const kept = { options: z.strictObject({}), links: Links };

export const Domain = z.strictObject({
  ...Ref.shape,
  description: z.string(),
  enabled: z.boolean(),
  tags: z.array(z.string()),
  ...kept,
});
export type Domain = z.infer<typeof Domain>;

export const Project = z.strictObject({
  ...Domain.shape,
  domain_id: z.string(),
  parent_id: z.string(),
  is_domain: z.literal(false),
  /** Only of a single object, where the client asks for them. */
  parents: z.union([z.record(z.string(), z.null()), z.array(z.never())]).optional(),
  subtree: z.array(z.never()).nullable().optional(),
});
export type Project = z.infer<typeof Project>;

export const User = z.strictObject({
  ...Ref.shape,
  domain_id: z.string(),
  enabled: z.boolean(),
  password_expires_at: z.null(),
  description: z.string().optional(),
  email: z.string().optional(),
  default_project_id: z.string().optional(),
  ...kept,
});
export type User = z.infer<typeof User>;

export const Role = z.strictObject({
  ...Ref.shape,
  domain_id: z.null(),
  description: z.string().nullable(),
  options: z.strictObject({ immutable: z.literal(true).optional() }),
  links: Links,
});
export type Role = z.infer<typeof Role>;

export const AccessRule = z.strictObject({
  id: z.string(),
  service: z.string(),
  method: z.string(),
  path: z.string(),
});

export const ApplicationCredential = z.strictObject({
  ...Ref.shape,
  description: z.string().nullable(),
  user_id: z.string(),
  project_id: z.string(),
  system: z.null(),
  roles: z.array(Role.omit({ links: true })),
  /** UTC to the microsecond, as Keystone writes it here: without a Z. */
  expires_at: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/)
    .nullable(),
  unrestricted: z.boolean(),
  access_rules: z.array(AccessRule).optional(),
  links: Links,
});
export type ApplicationCredential = z.infer<typeof ApplicationCredential>;
/** The secret is shown once. */
export const NewApplicationCredential = ApplicationCredential.extend({ secret: z.string() });

const RefOrId = z.strictObject({ id: z.string(), name: z.string().optional() });
const InDomainOrId = z.strictObject({ ...RefOrId.shape, domain: Ref.optional() });
export const RoleAssignment = z.strictObject({
  role: RefOrId,
  user: InDomainOrId,
  scope: z.union([
    z.strictObject({ project: InDomainOrId }),
    z.strictObject({ domain: RefOrId }),
    z.strictObject({ system: z.strictObject({ all: z.literal(true) }) }),
  ]),
  links: z.strictObject({ assignment: z.string(), prior_role: z.string().optional() }),
});
export type RoleAssignment = z.infer<typeof RoleAssignment>;

const Endpoint = z.strictObject({
  id: z.string(),
  interface: z.enum(['public', 'internal', 'admin']),
  region: z.string(),
  region_id: z.string(),
  url: z.string(),
});
const Catalog = z.array(z.strictObject({ ...Ref.shape, type: z.string(), endpoints: z.array(Endpoint) }));
export type Catalog = z.infer<typeof Catalog>;

export const Service = z.strictObject({ ...Ref.shape, type: z.string(), enabled: z.boolean(), links: Links });
export const ListedEndpoint = z.strictObject({
  ...Endpoint.shape,
  service_id: z.string(),
  enabled: z.boolean(),
  links: Links,
});
export const Region = z.strictObject({
  id: z.string(),
  description: z.string(),
  parent_region_id: z.null(),
  links: Links,
});

export const Token = z.strictObject({
  token: z.strictObject({
    methods: z.array(z.string()),
    user: z.strictObject({ ...InDomain.shape, password_expires_at: z.null() }),
    audit_ids: z.array(z.string()),
    issued_at: Moment,
    expires_at: Moment,
    project: InDomain.optional(),
    is_domain: z.literal(false).optional(),
    domain: Ref.optional(),
    system: z.strictObject({ all: z.literal(true) }).optional(),
    roles: z.array(Ref).optional(),
    catalog: Catalog.optional(),
    application_credential: z
      .strictObject({ ...Ref.shape, restricted: z.boolean(), access_rules: z.array(AccessRule).optional() })
      .optional(),
  }),
});
export type Token = z.infer<typeof Token>;

const Version = z.strictObject({
  id: z.literal('v3.14'),
  status: z.literal('stable'),
  updated: z.string(),
  links: z.array(z.strictObject({ rel: z.literal('self'), href: z.string() })),
  'media-types': z.array(z.strictObject({ base: z.string(), type: z.string() })),
});
export type Version = z.infer<typeof Version>;
export const Versions = z.strictObject({ versions: z.strictObject({ values: z.array(Version) }) });
export const OneVersion = z.strictObject({ version: Version });

export const AuthCatalog = z.strictObject({ catalog: Catalog, links: Links });
export const AuthSystem = z.strictObject({
  system: z.array(z.strictObject({ all: z.literal(true) })),
  links: Links,
});

/** `{"project": …}` */
export function one<T extends z.ZodType>(key: string, shape: T) {
  return z.strictObject({ [key]: shape });
}

/** `{"projects": […], "links": …}`. There is one page. */
export function many<T extends z.ZodType>(key: string, shape: T) {
  return z.strictObject({
    [key]: z.array(shape),
    links: z.strictObject({ next: z.null(), self: z.string(), previous: z.null() }),
  });
}
