import type { Accounts } from '../identity/accounts.ts';
import { rolesOn } from '../identity/roles.ts';
import type { RolesNow } from './courier.ts';

/**
 * Where users are ours to keep: a webhook speaks for its maker as long as he is there, and with no role that he lost.
 */
export function rolesNow(accounts: Pick<Accounts, 'user' | 'project' | 'assignments' | 'roles'>): RolesNow {
  return async ({ userId, projectId, roles }) => {
    const [user, project] = await Promise.all([accounts.user(userId), accounts.project(projectId)]);
    if (user?.enabled !== true || project?.enabled !== true) return undefined;
    const held = await rolesOn(accounts, userId, { on: 'project', id: projectId });
    const now = new Set(held.map(({ name }) => name));
    const left = roles.filter((role) => now.has(role));
    return left.length === 0 ? undefined : left;
  };
}
