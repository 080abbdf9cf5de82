/** What is asked of a real Keystone and of the embedded identity alike. `{name}` stands for an id of each side's own. */

export type Who = 'admin' | 'alice' | 'bob' | 'service' | 'auditor' | 'unscoped' | 'nobody';

export interface Question {
  readonly by: Who;
  readonly ask: string;
  readonly body?: unknown;
  /** Whose token X-Subject-Token is. */
  readonly subject?: Who | 'nonsense';
  /** Afterwards `{keep}` is the id of what was made. */
  readonly keep?: string;
  /** Headers and status are compared, the body is not: why. */
  readonly loosely?: string;
}

/** What there are lists of. */
export const COLLECTIONS = [
  'projects',
  'users',
  'roles',
  'domains',
  'services',
  'endpoints',
  'regions',
  'role_assignments',
] as const;

const domain = { id: 'default' };
const user = { name: 'alice', domain, password: 'alicepw' };
const demo = { project: { name: 'demo', domain } };
const login = (password: unknown, scope?: unknown) => ({
  auth: { identity: { methods: ['password'], password }, ...(scope === undefined ? {} : { scope }) },
});

/** `POST /auth/tokens?nocatalog` of nobody with each of these. */
const LOGINS: readonly unknown[] = [
  login({ user }, demo),
  login({ user: { id: '{alice}', password: 'alicepw' } }, { project: { id: '{demo}' } }),
  login(
    { user: { ...user, domain: { name: 'Default' } } },
    { project: { name: 'demo', domain: { name: 'Default' } } },
  ),
  login({ user }),
  login({ user }, 'unscoped'),
  login({ user }, { unscoped: {} }),
  login({ user: { ...user, name: 'auditor', password: 'auditorpw' } }, { system: { all: true } }),
  login({ user }, { system: { all: true } }),
  login({ user }, { system: { all: false } }),
  login({ user }, { system: {} }),
  login({ user }, { domain }),
  login({ user }, { domain: { id: 'elsewhere' } }),
  login({ user }, { project: { id: '{other}' } }),
  login({ user }, { project: { id: 'nowhere' } }),
  login({ user }, { project: { name: 'nowhere', domain } }),
  login({ user }, { project: { name: 'demo' } }),
  login({ user }, { project: {} }),
  login({ user }, { project: { id: '{demo}' }, system: { all: true } }),
  login({ user }, {}),
  login({ user }, 'everything'),
  login({ user }, null),
  login({ user: { ...user, password: 'wrong' } }, demo),
  login({ user: { ...user, name: 'nobody' } }, demo),
  login({ user: { name: 'alice', password: 'alicepw' } }, demo),
  login({ user: { ...user, domain: { id: 'elsewhere' } } }, demo),
  login({ user: { ...user, domain: {} } }, demo),
  login({ user: { name: 'alice', domain } }, demo),
  login({ user: { ...user, password: 7 } }, demo),
  login({ user: { ...user, password: '' } }, demo),
  login({ user: {} }),
  login({}),
  login('text'),
  {},
  { auth: {} },
  { auth: 'text' },
  { auth: { identity: {} } },
  { auth: { identity: { methods: [] } } },
  { auth: { identity: { methods: 'password' } } },
  { auth: { identity: { methods: ['password'] } } },
  { auth: { identity: { methods: ['telepathy'] } } },
  { auth: { identity: { methods: ['token'], token: {} } } },
  { auth: { identity: { methods: ['token'], token: { id: 'nonsense' } } } },
  { auth: { identity: { methods: ['application_credential'] } } },
  {
    auth: {
      identity: { methods: ['application_credential'], application_credential: { id: 'x', secret: 's' } },
    },
  },
  {
    auth: {
      identity: { methods: ['application_credential'], application_credential: { name: 'x', secret: 's' } },
    },
  },
  { auth: { identity: { methods: ['application_credential'], application_credential: { id: 'x' } } } },
  [],
  'text',
  null,
];

const q = (by: Who, ask: string, body?: unknown, more: Partial<Question> = {}): Question => ({
  by,
  ask,
  ...(body === undefined ? {} : { body }),
  ...more,
});
const project = (fields: unknown) => ({ project: fields });
const aUser = (fields: unknown) => ({ user: fields });
const role = (fields: unknown) => ({ role: fields });
const credential = (fields: unknown) => ({ application_credential: fields });
const long = (length: number) => 'x'.repeat(length);
const RULE = { service: 'compute', method: 'GET', path: '/v2.1/servers' };
const ruled = (access_rules: unknown) =>
  credential({ name: 'ruled', secret: 's', roles: [{ id: '{member}' }], access_rules });
/** Keystone itself fails, with 500, at a rule that lacks a key and at the id of one that is not there. */
const ODD_RULES: readonly unknown[] = [
  'all',
  {},
  [7],
  [{ ...RULE, method: 'get' }],
  [{ ...RULE, method: 'OPTIONS' }],
  [{ ...RULE, path: 'v2.1/servers' }],
  [{ ...RULE, path: '' }],
  [{ ...RULE, path: `/${'x'.repeat(300)}` }],
  [{ ...RULE, service: 7 }],
  [{ ...RULE, service: 'x'.repeat(300) }],
  [{ ...RULE, more: true }],
];
const CREDENTIALS = '/users/{alice}/application_credentials';
const GRANT = '/projects/{demo}/users/{alice}/roles';

export const QUESTIONS: readonly Question[] = [
  ...LOGINS.map((body) => q('nobody', 'POST /auth/tokens?nocatalog', body)),

  ...(['GET', 'HEAD'] as const).flatMap((method) => [
    ...(['admin', 'alice', 'bob', 'service', 'auditor', 'nobody'] as const).map((by) =>
      q(by, `${method} /auth/tokens?nocatalog`, undefined, { subject: 'alice' }),
    ),
    q('admin', `${method} /auth/tokens?nocatalog`, undefined, { subject: 'nonsense' }),
    q('alice', `${method} /auth/tokens?nocatalog`, undefined, { subject: 'nonsense' }),
    q('admin', `${method} /auth/tokens?nocatalog`),
  ]),
  q('bob', 'DELETE /auth/tokens', undefined, { subject: 'alice' }),
  q('service', 'DELETE /auth/tokens', undefined, { subject: 'alice' }),
  q('admin', 'DELETE /auth/tokens', undefined, { subject: 'nonsense' }),
  q('admin', 'DELETE /auth/tokens'),
  ...(['alice', 'unscoped', 'auditor', 'nobody'] as const).flatMap((by) => [
    q(by, 'GET /auth/catalog', undefined, { loosely: 'each has its own services' }),
    q(by, 'GET /auth/projects'),
    q(by, 'GET /auth/domains'),
    q(by, 'GET /auth/system'),
  ]),

  ...COLLECTIONS.flatMap((many) => [
    ...(['admin', 'alice', 'auditor', 'service', 'unscoped', 'nobody'] as const).map((by) =>
      q(by, `GET /${many}`, undefined, { loosely: 'each begins with things of its own' }),
    ),
    q('admin', `GET /${many}?name=nothing-of-that-name`, undefined, { loosely: 'not all have a name' }),
    ...(many === 'role_assignments'
      ? []
      : [q('admin', `GET /${many}/nowhere`), q('alice', `GET /${many}/nowhere`)]),
  ]),

  q('admin', 'GET /projects?name=demo'),
  q('admin', 'GET /projects?name__contains=em'),
  q('admin', 'GET /projects?name__icontains=DEM'),
  q('admin', 'GET /projects?name__startswith=dem&domain_id=default'),
  q('admin', 'GET /projects?name=demo&enabled=False'),
  q('admin', 'GET /projects?name=demo&enabled=true'),
  q('admin', 'GET /projects?name=demo&enabled'),
  q('admin', 'GET /projects?name=demo&enabled=0'),
  q('admin', 'GET /projects?name=demo&unheard=of'),
  ...['tags', 'tags-any', 'not-tags', 'not-tags-any'].flatMap((filter) => [
    q('admin', `GET /projects?name=demo&${filter}=x`),
    q('admin', `GET /projects?name=demo&${filter}=`),
  ]),
  ...[
    'parents_as_ids',
    'subtree_as_ids',
    'parents_as_list',
    'subtree_as_list',
    'parents_as_list&parents_as_ids',
    'subtree_as_list&subtree_as_ids',
    'parents_as_ids=0',
    'parents_as_ids=false',
    'subtree_as_list=True&subtree_as_ids=0',
  ].map((more) => q('admin', `GET /projects/{demo}?${more}`)),
  q('admin', 'GET /projects?name=demo&domain_id=elsewhere'),
  q('admin', 'GET /projects?name=demo&parent_id=default'),
  q('admin', 'GET /projects?name=demo&parent_id=elsewhere'),
  q('admin', 'GET /projects?name=demo&is_domain=false'),
  q('admin', 'GET /projects?is_domain=true', undefined, { loosely: 'a domain is a project there' }),
  ...(['admin', 'alice', 'bob', 'auditor', 'unscoped'] as const).flatMap((by) => [
    q(by, 'GET /projects/{demo}'),
    q(by, 'GET /users/{alice}'),
    q(by, 'GET /users/{alice}/projects'),
    q(by, 'GET /domains/default', undefined, { loosely: 'its description was written by others' }),
    q(by, `GET ${GRANT}`),
    q(by, 'GET /role_assignments?user.id={alice}'),
    q(by, `GET ${CREDENTIALS}`),
  ]),

  q('admin', 'POST /projects', project({ name: 'new', domain_id: 'default' }), { keep: 'new' }),
  q(
    'admin',
    'POST /projects',
    project({ name: 'second', description: 'd', enabled: false, parent_id: 'default' }),
  ),
  q(
    'admin',
    'POST /projects',
    project({ name: 'third', description: null, domain_id: null, is_domain: false, options: {}, tags: [] }),
  ),
  q('admin', 'POST /projects', project({ name: 'new' })),
  q('admin', 'POST /projects', project({ name: long(65) })),
  q('admin', 'POST /projects', project({ name: long(64) })),
  q('admin', 'POST /projects', project({ name: '' })),
  q('admin', 'POST /projects', project({ name: '  ' })),
  q('admin', 'POST /projects', project({ name: 7 })),
  q('admin', 'POST /projects', project({})),
  q('admin', 'POST /projects', {}),
  q('admin', 'POST /projects', []),
  q('admin', 'POST /projects', project({ name: 'odd', enabled: 'yes' })),
  q('admin', 'POST /projects', project({ name: 'odd', description: 7 })),
  q('admin', 'POST /projects', project({ name: 'odd', domain_id: 'elsewhere' })),
  q('admin', 'POST /projects', project({ name: 'odd', domain_id: '' })),
  q('admin', 'POST /projects', project({ name: 'odd', parent_id: 'elsewhere' })),
  q('alice', 'POST /projects', project({ name: 'odd' })),
  q('auditor', 'POST /projects', project({ name: 'odd' })),
  q('nobody', 'POST /projects', project({ name: 'odd' })),
  q('admin', 'PATCH /projects/{new}', project({ name: 'newer', description: 'changed' })),
  q('admin', 'PATCH /projects/{new}', project({ name: 'demo' })),
  q('admin', 'PATCH /projects/{new}', project({ name: long(65) })),
  q('admin', 'PATCH /projects/{new}', project({ description: null })),
  q('admin', 'PATCH /projects/{new}', project({})),
  q('admin', 'PATCH /projects/{new}', project({ id: 'another' })),
  q('admin', 'PATCH /projects/{new}', project({ enabled: false })),
  q('admin', 'PATCH /projects/{new}', project({ enabled: 'no' })),
  q('admin', 'PATCH /projects/nowhere', project({ name: 'x' })),
  q('alice', 'PATCH /projects/{demo}', project({ name: 'x' })),
  q('alice', 'DELETE /projects/{new}'),
  q('admin', 'DELETE /projects/{new}'),
  q('admin', 'DELETE /projects/{new}'),

  q(
    'admin',
    'POST /users',
    aUser({ name: 'carol', password: 'carolpw', domain_id: 'default', email: 'c@example.com' }),
    { keep: 'carol' },
  ),
  q(
    'admin',
    'POST /users',
    aUser({ name: 'dave', default_project_id: '{demo}', description: 'd', enabled: false }),
    { keep: 'dave' },
  ),
  q('admin', 'POST /users', aUser({ name: 'erin', password: null, options: {} })),
  q('admin', 'POST /users', aUser({ name: 'carol' })),
  q('admin', 'POST /users', aUser({ name: long(255) })),
  q('admin', 'POST /users', aUser({ name: long(256) })),
  q('admin', 'POST /users', aUser({ name: ' ' })),
  q('admin', 'POST /users', aUser({})),
  q('admin', 'POST /users', {}),
  q('admin', 'POST /users', aUser({ name: 'odd', password: 7 })),
  q('admin', 'POST /users', aUser({ name: 'odd', enabled: 1 })),
  q('admin', 'POST /users', aUser({ name: 'odd', domain_id: 'elsewhere' })),
  q('admin', 'POST /users', aUser({ name: 'odd2', default_project_id: 'elsewhere' })),
  q('admin', 'POST /users', aUser({ name: 'odd3', default_project_id: 'no id!' })),
  q('alice', 'POST /users', aUser({ name: 'odd' })),
  q('admin', 'GET /users?name=carol'),
  q('admin', 'GET /users?name=dave&enabled=false'),
  q('admin', 'GET /users?name=dave&enabled=true'),
  q('admin', 'GET /users?name__startswith=car'),
  q('admin', 'GET /users?name=carol&domain_id=elsewhere'),
  q('admin', 'GET /users?name=carol&unheard=of'),
  q('admin', 'PATCH /users/{carol}', aUser({ name: 'caroline', description: 'x' })),
  q('admin', 'PATCH /users/{carol}', aUser({ name: 'alice' })),
  q('admin', 'PATCH /users/{carol}', aUser({})),
  q('admin', 'PATCH /users/{carol}', aUser({ id: 'another' })),
  q('admin', 'PATCH /users/{carol}', aUser({ enabled: 'no' })),
  q('admin', 'PATCH /users/{carol}', aUser({ default_project_id: null, email: null, description: null })),
  q('admin', 'PATCH /users/{carol}', aUser({ password: 'another' })),
  q('admin', 'PATCH /users/nowhere', aUser({ name: 'x' })),
  q('alice', 'PATCH /users/{alice}', aUser({ enabled: false })),
  q('nobody', 'POST /users/{carol}/password', aUser({ original_password: 'wrong', password: 'x' })),
  q('nobody', 'POST /users/{carol}/password', aUser({ password: 'x' })),
  q(
    'nobody',
    'POST /users/{carol}/password',
    aUser({ original_password: 'another', password: 'x', more: 1 }),
  ),
  q('nobody', 'POST /users/nowhere/password', aUser({ original_password: 'another', password: 'x' })),
  q('nobody', 'POST /users/{carol}/password', aUser({ original_password: 'another', password: 'third' })),
  q('admin', 'DELETE /users/{carol}'),
  q('admin', 'DELETE /users/{carol}'),
  q('alice', 'DELETE /users/{dave}'),

  q('admin', 'POST /roles', role({ name: 'painter', description: 'paints' }), { keep: 'painter' }),
  q('admin', 'POST /roles', role({ name: 'painter' })),
  q('admin', 'POST /roles', role({ name: long(256) })),
  q('admin', 'POST /roles', role({})),
  q('admin', 'POST /roles', role({ name: 'plain' })),
  q('alice', 'POST /roles', role({ name: 'odd' })),
  q('admin', 'GET /roles?name=painter'),
  q('admin', 'GET /roles?name=painter&domain_id=default'),
  q('admin', 'GET /roles/{painter}'),
  q('auditor', 'GET /roles/{painter}'),
  q('alice', 'GET /roles/{painter}'),
  q('admin', 'PATCH /roles/{painter}', role({ name: 'decorator' })),
  q('admin', 'PATCH /roles/{painter}', role({ name: 'member' })),
  q('admin', 'PATCH /roles/{painter}', role({})),
  q('admin', 'PATCH /roles/nowhere', role({ name: 'x' })),
  q('alice', 'PATCH /roles/{painter}', role({ name: 'x' })),

  q('admin', `HEAD ${GRANT}/{painter}`),
  q('admin', `PUT ${GRANT}/{painter}`),
  q('admin', `PUT ${GRANT}/{painter}`),
  q('admin', `HEAD ${GRANT}/{painter}`),
  q('admin', `GET ${GRANT}/{painter}`),
  q('auditor', `GET ${GRANT}/{painter}`),
  q('alice', `PUT ${GRANT}/{painter}`),
  q('admin', `PUT ${GRANT}/nowhere`),
  q('admin', 'PUT /projects/nowhere/users/{alice}/roles/{painter}'),
  q('admin', 'PUT /projects/{demo}/users/nowhere/roles/{painter}'),
  q('admin', `GET ${GRANT}`),
  q('admin', 'GET /role_assignments?user.id={alice}&role.id={painter}'),
  q('admin', 'GET /role_assignments?user.id={alice}&scope.project.id={demo}&include_names=True'),
  q('admin', 'GET /role_assignments?user.id={alice}&include_names=0'),
  q('admin', 'GET /role_assignments?user.id={alice}&role.id={painter}&effective'),
  q('admin', 'GET /role_assignments?scope.project.id={demo}&role.id={painter}&effective=0'),
  q('admin', 'GET /role_assignments?scope.system=all&user.id={auditor}&include_names'),
  q('admin', 'GET /role_assignments?scope.project.id={demo}&scope.domain.id=default'),
  q('admin', 'GET /role_assignments?scope.project.id={demo}&scope.system=all'),
  q('admin', 'GET /role_assignments?scope.domain.id=default&scope.system=all'),
  q('admin', 'GET /role_assignments?user.id={alice}&group.id=x'),
  q('admin', 'GET /role_assignments?effective&group.id=x'),
  q('admin', 'GET /role_assignments?user.id=nowhere'),
  q('admin', 'GET /role_assignments?user.id={alice}&scope.OS-INHERIT:inherited_to=projects'),
  q('admin', 'GET /role_assignments?user.id={alice}&scope.OS-INHERIT:inherited_to=nothing'),
  q('admin', 'GET /role_assignments?scope.project.id=nowhere'),
  q('admin', 'PUT /domains/default/users/{dave}/roles/{painter}'),
  q('admin', 'GET /domains/default/users/{dave}/roles'),
  q('admin', 'GET /role_assignments?user.id={dave}&include_names'),
  q('admin', 'DELETE /domains/default/users/{dave}/roles/{painter}'),
  q('admin', 'PUT /domains/nowhere/users/{dave}/roles/{painter}'),
  q('admin', 'PUT /system/users/{dave}/roles/{painter}'),
  q('admin', 'GET /system/users/{dave}/roles'),
  q('admin', 'HEAD /system/users/{dave}/roles/{painter}'),
  q('admin', 'DELETE /system/users/{dave}/roles/{painter}'),
  q('admin', 'DELETE /system/users/{dave}/roles/{painter}'),
  q('alice', 'DELETE /roles/{painter}'),

  q(
    'alice',
    `POST ${CREDENTIALS}`,
    credential({ name: 'bot', secret: 's', description: 'd', roles: [{ id: '{member}' }] }),
    { keep: 'bot' },
  ),
  q(
    'alice',
    `POST ${CREDENTIALS}`,
    credential({ name: 'named', secret: 's', roles: [{ name: 'member' }], unrestricted: true }),
    { keep: 'free' },
  ),
  q(
    'alice',
    `POST ${CREDENTIALS}`,
    credential({
      name: 'brief',
      secret: 's',
      roles: [{ id: '{member}' }],
      expires_at: '2035-01-31T12:00:00',
    }),
  ),
  q(
    'alice',
    `POST ${CREDENTIALS}`,
    credential({
      name: 'brief2',
      secret: 's',
      roles: [{ id: '{member}' }],
      expires_at: '2035-01-31T12:00:00Z',
    }),
  ),
  q(
    'alice',
    `POST ${CREDENTIALS}`,
    credential({
      name: 'brief3',
      secret: 's',
      roles: [{ id: '{member}' }],
      expires_at: '2035-01-31T12:00:00.123456',
    }),
    { keep: 'brief' },
  ),
  q('alice', `GET ${CREDENTIALS}/{brief}`),
  q(
    'alice',
    `POST ${CREDENTIALS}`,
    credential({
      name: 'brief4',
      secret: 's',
      roles: [{ id: '{member}' }],
      expires_at: '2035-01-31T12:00:00+02:00',
    }),
  ),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: 'brief5', secret: 's', expires_at: '2035-01-31' })),
  q(
    'alice',
    `POST ${CREDENTIALS}`,
    credential({
      name: 'brief6',
      secret: 's',
      expires_at: '2035-01-31 12:00:00',
      roles: [{ id: '{member}' }],
    }),
  ),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: 'odd', secret: 's', expires_at: 'soon' })),
  q(
    'alice',
    `POST ${CREDENTIALS}`,
    credential({ name: 'odd', secret: 's', expires_at: '2020-01-31T12:00:00' }),
  ),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: 'odd', secret: 's', expires_at: 7 })),
  q(
    'alice',
    `POST ${CREDENTIALS}`,
    credential({ name: 'endless', secret: 's', expires_at: null, roles: [{ id: '{member}' }] }),
  ),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: 'bot', secret: 's' })),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: '', secret: 's' })),
  q('alice', `POST ${CREDENTIALS}`, credential({ secret: 's' })),
  q('alice', `POST ${CREDENTIALS}`, {}),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: 'odd', secret: 7 })),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: 'odd', roles: [{ name: 'admin' }] })),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: 'odd', roles: [{ name: 'nothing' }] })),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: 'odd', roles: [{ id: 'nothing' }] })),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: 'odd', roles: [{ id: '{member}', name: 'member' }] })),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: 'odd', roles: [{}] })),
  q('alice', `POST ${CREDENTIALS}`, credential({ name: 'odd', unrestricted: 'yes' })),
  q('alice', `POST ${CREDENTIALS}`, ruled([RULE]), { keep: 'ruled' }),
  q('alice', `GET ${CREDENTIALS}/{ruled}`),
  q('nobody', 'POST /auth/tokens?nocatalog', {
    auth: {
      identity: {
        methods: ['application_credential'],
        application_credential: { id: '{ruled}', secret: 's' },
      },
    },
  }),
  q('alice', `DELETE ${CREDENTIALS}/{ruled}`),
  ...ODD_RULES.map((rules) => q('alice', `POST ${CREDENTIALS}`, ruled(rules))),
  q('alice', `POST ${CREDENTIALS}`, ruled([]), { keep: 'unruled' }),
  q('alice', `GET ${CREDENTIALS}/{unruled}`),
  q('alice', `DELETE ${CREDENTIALS}/{unruled}`),
  q('admin', `POST ${CREDENTIALS}`, credential({ name: 'odd' })),
  q('alice', `GET ${CREDENTIALS}?name=bot`),
  q('alice', `GET ${CREDENTIALS}?name=nothing`),
  q('alice', `GET ${CREDENTIALS}/{bot}`),
  q('admin', `GET ${CREDENTIALS}/{bot}`),
  q('auditor', `GET ${CREDENTIALS}/{bot}`),
  q('bob', `GET ${CREDENTIALS}/{bot}`),
  q('bob', `GET ${CREDENTIALS}/nowhere`),
  q('alice', `GET ${CREDENTIALS}/nowhere`),
  q('nobody', 'POST /auth/tokens?nocatalog', {
    auth: {
      identity: { methods: ['application_credential'], application_credential: { id: '{bot}', secret: 's' } },
    },
  }),
  q('nobody', 'POST /auth/tokens?nocatalog', {
    auth: {
      identity: {
        methods: ['application_credential'],
        application_credential: { name: 'bot', user: { name: 'alice', domain }, secret: 's' },
      },
    },
  }),
  q('nobody', 'POST /auth/tokens?nocatalog', {
    auth: {
      identity: {
        methods: ['application_credential'],
        application_credential: { id: '{bot}', secret: 'wrong' },
      },
    },
  }),
  q('nobody', 'POST /auth/tokens?nocatalog', {
    auth: {
      identity: { methods: ['application_credential'], application_credential: { id: '{bot}', secret: 's' } },
      scope: demo,
    },
  }),
  q('bob', `DELETE ${CREDENTIALS}/{bot}`),
  q('alice', `DELETE ${CREDENTIALS}/{bot}`),
  q('alice', `DELETE ${CREDENTIALS}/{bot}`),
  q('admin', 'DELETE /roles/{painter}'),
  q('admin', 'DELETE /roles/{painter}'),

  q('admin', 'POST /auth/tokens?nocatalog', {
    auth: { identity: { methods: ['token'], token: { id: '{nothing}' } } },
  }),
  q('admin', 'PATCH /roles/{member}', role({ name: 'guest' })),
  q('admin', 'DELETE /roles/{member}'),
  q('admin', 'DELETE /users/{dave}'),
  q('admin', 'GET /nothing'),
  q('nobody', 'GET /nothing'),
  q('admin', 'PUT /projects', {}),
  q('admin', 'DELETE /auth/projects'),
  q('admin', 'GET /users/{alice}/password'),
];

/** What a deviation is filed under. */
export function nameOf({ by, ask, body, subject }: Question): string {
  const about = [
    subject === undefined ? '' : `about ${subject}`,
    body === undefined ? '' : JSON.stringify(body),
  ];
  return [by, ask, ...about].filter((part) => part !== '').join(' ');
}
