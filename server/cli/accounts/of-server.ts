/** Accounts through a running server's Keystone API. */

import type { HttpClient } from '../connection/http-client.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import type { Account, AccountOperations, NamedAccount } from './directory.ts';

const V3 = '/identity/v3';

interface Assignment {
  readonly user?: NamedAccount;
  readonly role: NamedAccount;
  readonly scope: { readonly project?: NamedAccount };
}

export function serverDirectory(http: HttpClient): AccountOperations {
  const list = async <T extends NamedAccount>(what: string): Promise<readonly T[]> =>
    (await http.get<Record<string, readonly T[]>>(`${V3}/${what}`)).body[what] ?? [];
  const create = async (what: string, fields: object): Promise<NamedAccount> => {
    const { body } = await http.request<Record<string, NamedAccount>>('POST', `${V3}/${what}s`, {
      body: { [what]: { ...fields, domain_id: 'default' } },
    });
    const created = body[what];
    if (created === undefined)
      throw new CliError(EXIT.internal, `the server created a ${what} and did not say which.`);
    return created;
  };
  const roleOf = (user: NamedAccount, project: NamedAccount, role: NamedAccount) =>
    `${V3}/projects/${project.id}/users/${user.id}/roles/${role.id}`;
  return {
    users: () => list<Account>('users'),
    projects: () => list<Account>('projects'),
    roles: () => list<NamedAccount>('roles'),
    addUser: (user) => create('user', user),
    addProject: (name) => create('project', { name }),
    async setPassword(user, password) {
      await http.request('PATCH', `${V3}/users/${user.id}`, { body: { user: { password } } });
    },
    async deleteUser(user) {
      await http.request('DELETE', `${V3}/users/${user.id}`);
    },
    async grant(user, project, role) {
      await http.request('PUT', roleOf(user, project, role));
    },
    async revoke(user, project, role) {
      await http.request('DELETE', roleOf(user, project, role));
    },
    async grants() {
      const { body } = await http.get<{ role_assignments: readonly Assignment[] }>(
        `${V3}/role_assignments?include_names=true`,
      );
      return body.role_assignments.flatMap(({ user, role, scope: { project } }) =>
        user === undefined || project === undefined
          ? []
          : [{ user: user.id, project: project.name, role: role.name }],
      );
    },
  };
}
