/** The embedded identity service: Keystone's v3 API, as far as clients need it. */
import * as credentials from '../identity/keystone-v3/application-credentials.ts';
import { AuthBody } from '../identity/keystone-v3/auth-request.ts';
import * as projects from '../identity/keystone-v3/projects.ts';
import * as users from '../identity/keystone-v3/users.ts';
import { type Described, described } from './described.ts';

const CREDENTIALS = '/identity/v3/users/{user}/application_credentials';
const ASSIGNED = '/identity/v3/projects/{project}/users/{user}/roles';

export const IDENTITY_OPERATIONS: readonly Described[] = [
  described('GET /identity/v3', 'Show the version', { open: true }),
  described('POST /identity/v3/auth/tokens', 'Get a token, in X-Subject-Token', {
    body: AuthBody,
    open: true,
  }),
  described('GET /identity/v3/auth/tokens', 'Show the token in X-Subject-Token'),
  described('DELETE /identity/v3/auth/tokens', 'Revoke the token in X-Subject-Token'),
  described('GET /identity/v3/auth/catalog', 'List services and their addresses'),
  described('GET /identity/v3/auth/projects', 'List the projects a token can be had for'),
  described('GET /identity/v3/projects', 'List projects', { query: ['name', 'enabled'] }),
  described('POST /identity/v3/projects', 'Create a project', { body: projects.Create }),
  described('GET /identity/v3/projects/{id}', 'Show a project'),
  described('PATCH /identity/v3/projects/{id}', 'Change a project', { body: projects.Update }),
  described('DELETE /identity/v3/projects/{id}', 'Delete a project'),
  described('GET /identity/v3/users', 'List users', { query: ['name', 'enabled'] }),
  described('POST /identity/v3/users', 'Create a user', { body: users.Create }),
  described('GET /identity/v3/users/{id}', 'Show a user'),
  described('PATCH /identity/v3/users/{id}', 'Change a user', { body: users.Update }),
  described('DELETE /identity/v3/users/{id}', 'Delete a user'),
  described('GET /identity/v3/users/{id}/projects', 'List the projects of a user'),
  described('POST /identity/v3/users/{id}/password', 'Change one’s password', { body: users.NewPassword }),
  described('GET /identity/v3/roles', 'List roles', { query: ['name'] }),
  described(`GET ${ASSIGNED}`, 'List the roles of a user in a project'),
  described(`PUT ${ASSIGNED}/{role}`, 'Give a user a role in a project'),
  described(`DELETE ${ASSIGNED}/{role}`, 'Take a role away'),
  described(`GET ${CREDENTIALS}`, 'List application credentials'),
  described(`POST ${CREDENTIALS}`, 'Create an application credential', { body: credentials.Create }),
  described(`GET ${CREDENTIALS}/{id}`, 'Show an application credential'),
  described(`DELETE ${CREDENTIALS}/{id}`, 'Delete an application credential'),
];
