/** The embedded identity service: Keystone's v3 API, as far as clients need it. */
import type { z } from 'zod';
import { AuthBody } from '../identity/keystone-v3/auth/auth-request.ts';
import * as credentials from '../identity/keystone-v3/resources/application-credentials.ts';
import * as projects from '../identity/keystone-v3/resources/projects.ts';
import * as roles from '../identity/keystone-v3/resources/roles.ts';
import * as users from '../identity/keystone-v3/resources/users.ts';
import * as shapes from '../identity/keystone-v3/shapes.ts';
import { type DescribedOperation, described } from './described.ts';

const V3 = '/identity/v3';
const CREDENTIALS = `${V3}/users/{user}/application_credentials`;
const CREDENTIAL = shapes.one('application_credential', shapes.ApplicationCredential);
const NEW_CREDENTIAL = shapes.one('application_credential', shapes.NewApplicationCredential);
const DONE = { answers: { 204: null } };

/** Resources that can be listed, filtered and shown. */
function lookups(
  one: string,
  shape: z.ZodType,
  query: readonly string[],
  [list, show]: readonly [string, string],
): readonly DescribedOperation[] {
  const many = `${one}s`;
  return [
    described(`GET ${V3}/${many}`, list, { query, answers: { 200: shapes.many(many, shape) } }),
    described(`GET ${V3}/${many}/{id}`, show, { answers: { 200: shapes.one(one, shape) } }),
  ];
}

/** Resources that an administrator creates, changes and deletes. */
function kept(
  one: string,
  shape: z.ZodType,
  { Create, Update }: { readonly Create: z.ZodType; readonly Update: z.ZodType },
): readonly DescribedOperation[] {
  const at = `${V3}/${one}s`;
  const answer = shapes.one(one, shape);
  return [
    described(`POST ${at}`, `Create a ${one}`, { body: Create, answers: { 201: answer } }),
    described(`PATCH ${at}/{id}`, `Change a ${one}`, { body: Update, answers: { 200: answer } }),
    described(`DELETE ${at}/{id}`, `Delete a ${one}`, DONE),
  ];
}

/** Role assignments. */
function grants(at: string, where: string): readonly DescribedOperation[] {
  const path = `${V3}${at}/users/{user}/roles`;
  return [
    described(`GET ${path}`, `List the roles of a user ${where}`, {
      answers: { 200: shapes.many('roles', shapes.Role) },
    }),
    described(`GET ${path}/{role}`, `Has a user a role ${where}?`, DONE),
    described(`PUT ${path}/{role}`, `Give a user a role ${where}`, DONE),
    described(`DELETE ${path}/{role}`, `Take a role ${where} away`, DONE),
  ];
}

export const IDENTITY_OPERATIONS: readonly DescribedOperation[] = [
  described('GET /identity', 'List versions: there is one', {
    open: true,
    answers: { 300: shapes.Versions },
  }),
  described(`GET ${V3}`, 'Show the version', { open: true, answers: { 200: shapes.OneVersion } }),
  described(`POST ${V3}/auth/tokens`, 'Get a token, in X-Subject-Token', {
    body: AuthBody,
    query: ['nocatalog'],
    open: true,
    answers: { 201: shapes.Token },
  }),
  described(`GET ${V3}/auth/tokens`, 'Show the token in X-Subject-Token', {
    query: ['nocatalog'],
    answers: { 200: shapes.Token },
  }),
  described(`DELETE ${V3}/auth/tokens`, 'Revoke the token in X-Subject-Token', DONE),
  described(`GET ${V3}/auth/catalog`, 'List services and their addresses', {
    answers: { 200: shapes.AuthCatalog },
  }),
  described(`GET ${V3}/auth/projects`, 'List the projects a token can be had for', {
    answers: { 200: shapes.many('projects', shapes.Project) },
  }),
  described(`GET ${V3}/auth/domains`, 'List the domains a token can be had for', {
    answers: { 200: shapes.many('domains', shapes.Domain) },
  }),
  described(`GET ${V3}/auth/system`, 'Can a token be had for the system?', {
    answers: { 200: shapes.AuthSystem },
  }),
  ...lookups('domain', shapes.Domain, ['name', 'enabled'], ['List domains: there is one', 'Show the domain']),
  described(`DELETE ${V3}/domains/{id}`, 'Refused: the one domain is enabled', { answers: {} }),
  ...lookups(
    'project',
    shapes.Project,
    ['domain_id', 'enabled', 'name', 'parent_id', 'is_domain', 'tags', 'tags-any'],
    ['List projects', 'Show a project'],
  ),
  ...kept('project', shapes.Project, projects),
  ...lookups('user', shapes.User, ['domain_id', 'enabled', 'name'], ['List users', 'Show a user']),
  ...kept('user', shapes.User, users),
  described(`GET ${V3}/users/{id}/projects`, 'List the projects of a user', {
    query: ['domain_id', 'enabled', 'name'],
    answers: { 200: shapes.many('projects', shapes.Project) },
  }),
  described(`POST ${V3}/users/{id}/password`, 'Change one’s password, by the old one', {
    body: users.NewPassword,
    open: true,
    ...DONE,
  }),
  ...lookups('role', shapes.Role, ['name', 'domain_id'], ['List roles', 'Show a role']),
  ...kept('role', shapes.Role, roles),
  ...grants('/projects/{target}', 'in a project'),
  ...grants('/domains/{target}', 'in the domain'),
  ...grants('/system', 'on the system'),
  described(`GET ${V3}/role_assignments`, 'List who has which role where', {
    query: [
      'user.id',
      'role.id',
      'group.id',
      'scope.project.id',
      'scope.domain.id',
      'scope.system',
      'scope.OS-INHERIT:inherited_to',
      'include_names',
      'effective',
    ],
    answers: { 200: shapes.many('role_assignments', shapes.RoleAssignment) },
  }),
  described(`GET ${CREDENTIALS}`, 'List application credentials', {
    query: ['name'],
    answers: { 200: shapes.many('application_credentials', shapes.ApplicationCredential) },
  }),
  described(`POST ${CREDENTIALS}`, 'Create an application credential', {
    body: credentials.Create,
    answers: { 201: NEW_CREDENTIAL },
  }),
  described(`GET ${CREDENTIALS}/{id}`, 'Show an application credential', { answers: { 200: CREDENTIAL } }),
  described(`DELETE ${CREDENTIALS}/{id}`, 'Delete an application credential', DONE),
  ...lookups('service', shapes.Service, ['name', 'type'], ['List services', 'Show a service']),
  ...lookups(
    'endpoint',
    shapes.ListedEndpoint,
    ['interface', 'service_id', 'region_id'],
    ['List endpoints', 'Show an endpoint'],
  ),
  ...lookups(
    'region',
    shapes.Region,
    ['parent_region_id'],
    ['List regions: there is one', 'Show the region'],
  ),
];
