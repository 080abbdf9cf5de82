/** The roles, and which of them imply others (as `keystone-manage bootstrap` makes them). */
import type { Accounts, ApplicationCredential, Role, Scope } from '../ports/accounts.ts';

export const ADMIN = 'admin';

/** `fencer` is our own: it may force a service down, and nothing else. */
export const ROLE_NAMES = [ADMIN, 'manager', 'member', 'reader', 'service', 'fencer'] as const;

/** Without these roles rules would decide differently: they cannot be renamed or deleted. */
export function isReliedOn({ name }: Pick<Role, 'name'>): boolean {
  return ROLE_NAMES.some((relied) => relied === name);
}

const IMPLIES: Readonly<Record<string, string>> = { admin: 'manager', manager: 'member', member: 'reader' };

/** The names of a user's roles on a scope, implied roles included; of a credential no more than it was given. */
export async function rolesOn(
  accounts: Pick<Accounts, 'assignments' | 'roles'>,
  userId: string,
  scope: Scope,
  credential?: ApplicationCredential,
): Promise<readonly Role[]> {
  const all = await accounts.roles();
  const assigned = await accounts.assignments({ userId, scope });
  const assignedRoles = withImplied(new Set(assigned.map(({ roleId }) => roleId)), all);
  if (credential === undefined) return assignedRoles;
  const given = withImplied(new Set(credential.roleIds), all);
  return assignedRoles.filter((role) => given.includes(role));
}

function withImplied(ids: ReadonlySet<string>, all: readonly Role[]): readonly Role[] {
  const names = new Set(all.filter(({ id }) => ids.has(id)).map(({ name }) => name));
  // Names added while the loop walks the set are walked too.
  for (const name of names) {
    const implied = IMPLIES[name];
    if (implied !== undefined) names.add(implied);
  }
  return all.filter(({ name }) => names.has(name));
}
