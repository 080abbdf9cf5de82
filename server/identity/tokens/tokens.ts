/** What a stored token is worth now: nothing if its user, its project or all its roles are gone. */
import type { Instant } from '../../domain/clock.ts';
import {
  type Accounts,
  type ApplicationCredential,
  DEFAULT_DOMAIN,
  type Project,
  type Role,
  type Scope,
  type Token,
  type User,
} from '../../ports/accounts.ts';
import type { Identity } from '../identity.ts';
import { rolesOn } from '../roles.ts';

export interface ResolvedToken {
  readonly token: Token;
  readonly user: User;
  /** Where it is scoped to one. */
  readonly project: Project | undefined;
  readonly roles: readonly Role[];
  readonly credential: ApplicationCredential | undefined;
}

export async function resolveToken(
  accounts: Accounts,
  token: Token | undefined,
  now: Instant,
): Promise<ResolvedToken | undefined> {
  if (token === undefined || token.expiresAt <= now) return undefined;
  const user = await accounts.user(token.userId);
  if (user === undefined || !user.enabled) return undefined;
  const credential = await credentialOf(accounts, token);
  if (token.applicationCredentialId !== null && !isGood(credential, now)) return undefined;
  if (token.scope === null) return { token, user, project: undefined, roles: [], credential };
  const access = await accessTo(accounts, user, token.scope, credential);
  return access && { token, user, ...access, credential };
}

/** A user's roles on a scope; undefined if the scope is missing or disabled, or the user has no role on it. */
export async function accessTo(
  accounts: Accounts,
  user: User,
  scope: Scope,
  credential?: ApplicationCredential,
): Promise<{ readonly project: Project | undefined; readonly roles: readonly Role[] } | undefined> {
  const project = scope.on === 'project' ? await accounts.project(scope.id) : undefined;
  if (scope.on === 'project' && !project?.enabled) return undefined;
  if (scope.on === 'domain' && scope.id !== DEFAULT_DOMAIN.id) return undefined;
  const roles = await rolesOn(accounts, user.id, scope, credential);
  return roles.length === 0 ? undefined : { project, roles };
}

export function isGood(credential: ApplicationCredential | undefined, now: Instant): boolean {
  return credential !== undefined && (credential.expiresAt === null || credential.expiresAt > now);
}

async function credentialOf(accounts: Accounts, token: Token): Promise<ApplicationCredential | undefined> {
  const id = token.applicationCredentialId;
  return id === null ? undefined : accounts.applicationCredential(id);
}

/**
 * Outside the identity API roles count only in a project: an administrator of the system or the domain is not an
 * administrator of the cloud (as in Nova, where all rules have project scope).
 */
export function identityOf({ token, user, project, roles, credential }: ResolvedToken): Identity {
  return {
    kind: 'user',
    userId: user.id,
    userName: user.name,
    userDomainId: DEFAULT_DOMAIN.id,
    projectId: project?.id ?? null,
    projectName: project?.name ?? null,
    projectDomainId: project === undefined ? null : DEFAULT_DOMAIN.id,
    isAdminProject: true,
    roles: project === undefined ? [] : roles.map(({ name }) => name),
    ...(credential === undefined
      ? {}
      : { credentialId: credential.id, isRestricted: !credential.unrestricted }),
    ...(credential?.accessRules == null ? {} : { accessRules: credential.accessRules }),
    expiresAt: token.expiresAt,
    hosts: [],
  };
}
