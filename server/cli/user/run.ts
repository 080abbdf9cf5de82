/** `hostbeat user …`, in the database file or through a running server's Keystone API. */
import { randomBytes } from 'node:crypto';
import { type ConnectionFlags, connectionOf, isThroughServer } from '../support/connection.ts';
import { type DatabaseFlags, doneHere, withDatabase } from '../support/database.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { readText } from '../support/files.ts';
import type { HttpClient } from '../support/http-client.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';

export interface UserFlags extends ConnectionFlags, DatabaseFlags {
  readonly project: string;
  readonly role: readonly string[];
  readonly passwordFile?: string;
}

export async function addUser(name: string, flags: UserFlags, terminal: Terminal): Promise<void> {
  if (name === '') throw new CliError(EXIT.usage, '<name>: a user has a name of at least one character.');
  const given = flags.passwordFile === undefined ? undefined : passwordFrom(flags.passwordFile);
  const user = { name, password: given ?? randomBytes(18).toString('base64url') };
  if (isThroughServer(flags, terminal.env)) await addThroughServer(user, flags, terminal);
  else await addToDatabase(user, flags, terminal);
  terminal.out(`User ${name} has ${flags.role.join(', ')} in project ${flags.project}.\n`);
  if (given === undefined) terminal.out(`The password is ${user.password} and is not shown again.\n`);
}

interface NewUser {
  readonly name: string;
  readonly password: string;
}

async function addToDatabase(user: NewUser, flags: UserFlags, terminal: Terminal): Promise<void> {
  await withDatabase(flags, terminal, async ({ accounts, audit }) => {
    const { bootstrapped } = await import('../support/accounts.ts');
    const { directory } = await bootstrapped(accounts, terminal);
    for (const role of flags.role) await directory.role(role);
    const project = await directory.ensureProject({ name: flags.project });
    const { id } = await directory.ensureUser(user);
    for (const role of flags.role) await directory.ensureRole(id, project.id, role);
    const changes = {
      name: [null, user.name],
      password: [null, '(secret)'],
      project_id: [null, project.id],
      roles: [null, flags.role],
    } as const;
    await audit.record(doneHere('user.add', `user:${id}`, changes));
  });
}

interface Named {
  readonly id: string;
  readonly name: string;
}

async function addThroughServer(user: NewUser, flags: UserFlags, terminal: Terminal): Promise<void> {
  const { http } = connectionOf(flags, terminal.env);
  const roles = await Promise.all(flags.role.map((role) => findRole(http, role)));
  const project =
    (await named(http, 'projects', flags.project)) ??
    (await create(http, 'project', { name: flags.project, domain_id: 'default' }));
  const known = await named(http, 'users', user.name);
  if (known !== undefined)
    await http.request('PATCH', `/identity/v3/users/${known.id}`, {
      body: { user: { password: user.password } },
    });
  const { id } = known ?? (await create(http, 'user', { ...user, domain_id: 'default' }));
  for (const role of roles)
    await http.request('PUT', `/identity/v3/projects/${project.id}/users/${id}/roles/${role.id}`);
}

/** @throws CliError `usage` if the server knows no such role */
async function findRole(http: HttpClient, name: string): Promise<Named> {
  const role = await named(http, 'roles', name);
  if (role === undefined) throw new CliError(EXIT.usage, `--role: the server has no role "${name}".`);
  return role;
}

async function named(http: HttpClient, what: string, name: string): Promise<Named | undefined> {
  const { body } = await http.get<Record<string, readonly Named[]>>(
    `/identity/v3/${what}?name=${encodeURIComponent(name)}`,
  );
  return body[what]?.find((item) => item.name === name);
}

async function create(http: HttpClient, what: string, fields: object): Promise<Named> {
  const { body } = await http.request<Record<string, Named>>('POST', `/identity/v3/${what}s`, {
    body: { [what]: fields },
  });
  const created = body[what];
  if (created === undefined)
    throw new CliError(EXIT.internal, `the server made a ${what} and did not say which.`);
  return created;
}

export async function listUsers(
  flags: ConnectionFlags & DatabaseFlags & { readonly json?: boolean },
  terminal: Terminal,
): Promise<void> {
  const users = isThroughServer(flags, terminal.env)
    ? (await connectionOf(flags, terminal.env).http.get<{ users: readonly Listed[] }>('/identity/v3/users'))
        .body.users
    : await withDatabase(flags, terminal, ({ accounts }) => accounts.users(), { mustExist: true });
  const shown = users.map(({ id, name, enabled }) => ({ id, name, enabled }));
  if (flags.json === true) return terminal.out(json(shown, 2));
  terminal.out(
    table(
      ['ID', 'NAME', 'ENABLED'],
      shown.map(({ id, name, enabled }) => [id, name, enabled ? 'yes' : 'no']),
    ),
  );
}

interface Listed extends Named {
  readonly enabled: boolean;
}

function passwordFrom(file: string): string {
  const password = readText(file, '--password-file').replace(/\r?\n$/, '');
  if (password === '')
    throw new CliError(EXIT.usage, `--password-file: ${file} is empty; it must hold the password alone.`);
  return password;
}
