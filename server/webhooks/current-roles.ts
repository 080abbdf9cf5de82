import type { Clock, Duration, Monotonic } from '../domain/clock.ts';
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

export interface ElsewhereOptions {
  /** What the user holds now; undefined if it cannot be told. */
  readonly rolesOf: (userId: string, projectId: string) => Promise<readonly string[] | undefined>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** How long an answer is relied upon. */
  readonly keptFor: Duration;
}

/** Where users are kept elsewhere: as long as nobody can tell, what was known last stays. */
export function rolesElsewhere({ rolesOf, clock, keptFor }: ElsewhereOptions): RolesNow {
  const known = new Map<string, { held: readonly string[] | undefined; until: Monotonic }>();
  return async ({ userId, projectId, roles }) => {
    const key = JSON.stringify([userId, projectId]);
    let entry = known.get(key);
    if (entry === undefined || clock.monotonic() >= entry.until) {
      const held = (await rolesOf(userId, projectId)) ?? entry?.held;
      entry = { held, until: clock.monotonic() + keptFor };
      known.set(key, entry);
    }
    const { held } = entry;
    const left = held === undefined ? roles : roles.filter((role) => held.includes(role));
    return left.length === 0 ? undefined : left;
  };
}
