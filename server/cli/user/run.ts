/** `hostbeat user …`: users of the embedded identity, through a server or in the database file. */
import { randomBytes } from 'node:crypto';
import { isPrintableName } from '../../domain/names.ts';
import { type AccountOperations, findNamed, type NamedAccount, shortId } from '../accounts/directory.ts';
import { withDirectory } from '../accounts/with-directory.ts';
import type { ConnectionFlags } from '../connection/connection.ts';
import type { DatabaseFlags } from '../support/database.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { readText } from '../support/files.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';

export type AccountFlags = ConnectionFlags & DatabaseFlags & { readonly json?: boolean };

export interface RoleFlags extends AccountFlags {
  readonly project: string;
  readonly role: readonly string[];
}

export interface UserFlags extends RoleFlags {
  readonly passwordFile?: string;
}

/** Adds a user. @throws CliError `failed` if it exists, so that no password is changed by accident */
export async function addUser(name: string, flags: UserFlags, terminal: Terminal): Promise<void> {
  checkName('<name>', name);
  checkName('--project', flags.project);
  const given = flags.passwordFile === undefined ? undefined : passwordFrom(flags.passwordFile);
  const password = given ?? newPassword();
  const user = await withDirectory(flags, terminal, async (directory) => {
    if ((await directory.users()).some((known) => known.name === name))
      throw new CliError(
        EXIT.failed,
        `there is a user "${name}" already: "hostbeat user passwd" sets its password, "hostbeat user grant" gives it roles.`,
      );
    const roles = await rolesOf(directory, flags.role);
    const project =
      (await directory.projects()).find(
        (known) => known.name === flags.project || known.id === flags.project,
      ) ?? (await directory.addProject(flags.project));
    const added = await directory.addUser({ name, password });
    for (const role of roles) await directory.grant(added, project, role);
    return { id: added.id, name, project: project.name, roles: roles.map((role) => role.name) };
  });
  if (flags.json === true) return terminal.out(json(given === undefined ? { ...user, password } : user, 2));
  terminal.out(`User ${name} has ${user.roles.join(', ')} in project ${user.project}.\n`);
  if (given === undefined) terminal.out(`The password is ${password} and is not shown again.\n`);
}

export async function setPassword(
  name: string,
  flags: AccountFlags & { readonly passwordFile?: string },
  terminal: Terminal,
): Promise<void> {
  const given = flags.passwordFile === undefined ? undefined : passwordFrom(flags.passwordFile);
  const password = given ?? newPassword();
  await withDirectory(flags, terminal, async (directory) =>
    directory.setPassword(findNamed('user', await directory.users(), name), password),
  );
  if (flags.json === true) return terminal.out(json(given === undefined ? { name, password } : { name }, 2));
  terminal.out(`User ${name} has a new password; tokens that it got with the old one have ended.\n`);
  if (given === undefined) terminal.out(`The password is ${password} and is not shown again.\n`);
}

export async function changeRoles(
  name: string,
  what: 'grant' | 'revoke',
  flags: RoleFlags,
  terminal: Terminal,
): Promise<void> {
  await withDirectory(flags, terminal, async (directory) => {
    const user = findNamed('user', await directory.users(), name);
    const project = findNamed('project', await directory.projects(), flags.project);
    const roles = await rolesOf(directory, flags.role);
    for (const role of roles) await directory[what](user, project, role);
  });
  if (flags.json === true)
    return terminal.out(json({ user: name, project: flags.project, [what]: flags.role }, 2));
  const now = what === 'grant' ? 'has' : 'no longer has';
  terminal.out(`User ${name} ${now} ${flags.role.join(', ')} in project ${flags.project}.\n`);
}

export async function deleteUser(name: string, flags: AccountFlags, terminal: Terminal): Promise<void> {
  const user = await withDirectory(flags, terminal, async (directory) => {
    const found = findNamed('user', await directory.users(), name);
    await directory.deleteUser(found);
    return found;
  });
  if (flags.json === true) return terminal.out(json({ id: user.id, name: user.name }, 2));
  terminal.out(`User ${user.name} is deleted.\n`);
}

export async function listUsers(flags: AccountFlags, terminal: Terminal): Promise<void> {
  const users = await withDirectory(flags, terminal, async (directory) => {
    const grants = await directory.grants();
    return (await directory.users()).map(({ id, name, enabled }) => ({
      id,
      name,
      enabled,
      roles: grants.filter(({ user }) => user === id).map(({ project, role }) => ({ project, role })),
    }));
  });
  if (flags.json === true) return terminal.out(json(users, 2));
  const rows = users.map(({ id, name, enabled, roles }) => [
    shortId(id),
    name,
    enabled ? 'yes' : 'no',
    roles.map(({ project, role }) => `${role}@${project}`).join(' ') || '-',
  ]);
  terminal.out(table(['ID', 'NAME', 'ENABLED', 'ROLES'], rows));
}

async function rolesOf(
  directory: AccountOperations,
  names: readonly string[],
): Promise<readonly NamedAccount[]> {
  const known = await directory.roles();
  return names.map((name) => {
    const role = known.find((one) => one.name === name || one.id === name);
    if (role !== undefined) return role;
    const there = known.map((one) => one.name).join(', ');
    throw new CliError(EXIT.usage, `--role: there is no role "${name}"; choose one of ${there}.`);
  });
}

/** @throws CliError `usage` */
export function checkName(what: string, name: string): void {
  if (name.trim() === '' || name.length > 255)
    throw new CliError(EXIT.usage, `${what}: a name has 1 to 255 characters, not all of them blank.`);
  if (!isPrintableName(name))
    throw new CliError(EXIT.usage, `${what}: a name must not contain control or invisible characters.`);
}

function newPassword(): string {
  return randomBytes(18).toString('base64url');
}

function passwordFrom(file: string): string {
  const password = readText(file, '--password-file').replace(/\r?\n$/, '');
  if (password === '')
    throw new CliError(EXIT.usage, `--password-file: ${file} is empty; it must contain only the password.`);
  return password;
}
