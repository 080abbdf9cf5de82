import type { Clock, Duration, Instant, Monotonic } from '../domain/clock.ts';
import { rolesOn } from '../identity/roles.ts';
import { isGood } from '../identity/tokens/tokens.ts';
import type { Accounts } from '../ports/accounts.ts';
import type { CurrentRoles } from './delivery/courier-context.ts';

/**
 * For users that hostbeat keeps. A webhook delivers while its maker, and the application credential it was made with,
 * exist; it never uses a role that the maker has lost.
 */
export function storedRoles(
  accounts: Pick<Accounts, 'user' | 'project' | 'assignments' | 'roles' | 'applicationCredential'>,
  now: () => Instant,
): CurrentRoles {
  return async ({ userId, projectId, roles, credentialId = null }) => {
    const [user, project] = await Promise.all([accounts.user(userId), accounts.project(projectId)]);
    if (user?.enabled !== true || project?.enabled !== true) return undefined;
    const credential = credentialId === null ? undefined : await accounts.applicationCredential(credentialId);
    if (credentialId !== null && !isGood(credential, now())) return undefined;
    const held = await rolesOn(accounts, userId, { on: 'project', id: projectId }, credential);
    const names = new Set(held.map(({ name }) => name));
    const left = roles.filter((role) => names.has(role));
    return left.length === 0 ? undefined : left;
  };
}

export interface CurrentRolesOptions {
  /** The user's present roles; undefined if they are unknown. */
  readonly rolesOf: (
    userId: string,
    projectId: string,
    credentialId: string | null,
  ) => Promise<readonly string[] | undefined>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** How long an answer is used before the service is asked again. */
  readonly keptFor: Duration;
}

/** For users that an external service keeps. While that service does not answer, the last known roles stay in force. */
export function keystoneRoles({ rolesOf, clock, keptFor }: CurrentRolesOptions): CurrentRoles {
  const known = new Map<string, { held: readonly string[] | undefined; until: Monotonic }>();
  return async ({ userId, projectId, roles, credentialId = null }) => {
    const key = JSON.stringify([userId, projectId, credentialId]);
    let entry = known.get(key);
    if (entry === undefined || clock.monotonic() >= entry.until) {
      const held = (await rolesOf(userId, projectId, credentialId)) ?? entry?.held;
      entry = { held, until: clock.monotonic() + keptFor };
      known.set(key, entry);
    }
    const { held } = entry;
    const left = held === undefined ? roles : roles.filter((role) => held.includes(role));
    return left.length === 0 ? undefined : left;
  };
}
