/** Keystone's representations. `v3` is the base of the API's links. */
import {
  type Accounts,
  type ApplicationCredential,
  DEFAULT_DOMAIN,
  type Project,
  type Role,
  type User,
} from '../../ports/accounts.ts';
import { isReliedOn } from '../roles.ts';
import { microseconds } from './context.ts';
import type * as shapes from './shapes.ts';

export function domainDocument(v3: string): shapes.Domain {
  return {
    ...DEFAULT_DOMAIN,
    description: 'The default domain',
    enabled: true,
    tags: [],
    options: {},
    links: { self: `${v3}/domains/${DEFAULT_DOMAIN.id}` },
  };
}

export function projectDocument(project: Project, v3: string): shapes.Project {
  return {
    ...project,
    domain_id: DEFAULT_DOMAIN.id,
    parent_id: DEFAULT_DOMAIN.id,
    is_domain: false,
    tags: [],
    options: {},
    links: { self: `${v3}/projects/${project.id}` },
  };
}

/** Fields are listed one by one, because a user's row has the hash of the password. */
export function userDocument(user: User, v3: string): shapes.User {
  return {
    id: user.id,
    name: user.name,
    domain_id: DEFAULT_DOMAIN.id,
    enabled: user.enabled,
    password_expires_at: null,
    ...(user.description === null ? {} : { description: user.description }),
    ...(user.email === null ? {} : { email: user.email }),
    ...(user.defaultProjectId === null ? {} : { default_project_id: user.defaultProjectId }),
    options: {},
    links: { self: `${v3}/users/${user.id}` },
  };
}

export function roleDocument(role: Role, v3: string): shapes.Role {
  return { ...inCredential(role), links: { self: `${v3}/roles/${role.id}` } };
}

/** Roles that rules need are what Keystone calls immutable. */
function inCredential(role: Role): Omit<shapes.Role, 'links'> {
  return { ...role, domain_id: null, options: isReliedOn(role) ? { immutable: true } : {} };
}

export function credentialDocument(
  credential: ApplicationCredential,
  roles: readonly Role[],
  v3: string,
): shapes.ApplicationCredential {
  return {
    id: credential.id,
    name: credential.name,
    description: credential.description,
    project_id: credential.projectId,
    user_id: credential.userId,
    system: null,
    roles: roles.filter(({ id }) => credential.roleIds.includes(id)).map(inCredential),
    expires_at: credential.expiresAt === null ? null : microseconds(credential.expiresAt).slice(0, -1),
    unrestricted: credential.unrestricted,
    ...(credential.accessRules === null ? {} : { access_rules: [...credential.accessRules] }),
    links: { self: `${v3}/users/${credential.userId}/application_credentials/${credential.id}` },
  };
}

/** The projects in which a user has a role and for which it could get a token, by name. */
export async function projectsOf(accounts: Accounts, userId: string): Promise<readonly Project[]> {
  const assigned = await accounts.assignments({ userId });
  const ids = new Set(assigned.flatMap(({ scope }) => (scope.on === 'project' ? [scope.id] : [])));
  return (await accounts.projects()).filter(({ id, enabled }) => enabled && ids.has(id));
}
