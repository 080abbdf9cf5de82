/** Fills a new database. Runs at every start, and leaves what exists as it is. */
import { type Accounts, DEFAULT_DOMAIN } from '../../ports/accounts.ts';
import { ADMIN } from '../roles.ts';
import { newId, type RandomBytes } from '../tokens/secrets.ts';
import type { Directory } from './directory.ts';

/**
 * Makes the roles. While no user has role admin, also makes project and user `admin`, with that role on the project,
 * the domain and the system. A given password counts only when the user is made: later it is changed like any other.
 * @returns the password if one was generated; it is stored nowhere else
 */
export async function bootstrap(
  accounts: Accounts,
  directory: Directory,
  options: { readonly adminPassword?: string | undefined; readonly random: RandomBytes },
): Promise<{ readonly generatedPassword?: string }> {
  await directory.ensureRoles();
  const { id: roleId } = await directory.role(ADMIN);
  if ((await accounts.assignments({ roleId })).length > 0) return {};
  const project = await directory.ensureProject({ name: ADMIN });
  const there = await accounts.userNamed(ADMIN);
  const generated =
    there !== undefined || options.adminPassword !== undefined ? undefined : newId(options.random);
  const password = options.adminPassword ?? generated;
  const user = there ?? (await directory.createUser({ name: ADMIN, password, defaultProjectId: project.id }));
  const scopes = [
    { on: 'project', id: project.id },
    { on: 'domain', id: DEFAULT_DOMAIN.id },
    { on: 'system' },
  ] as const;
  for (const scope of scopes) await directory.assign({ userId: user.id, roleId, scope });
  return generated === undefined ? {} : { generatedPassword: generated };
}
