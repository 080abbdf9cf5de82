/** Accounts in the database file, while no server runs on it. Each change is in the audit log. */

import { doneHere, type OpenedDatabase } from '../support/database.ts';
import type { AccountOperations } from './directory.ts';
import { offlineIdentity } from './embedded.ts';

export async function fileDirectory({ accounts, audit }: OpenedDatabase): Promise<AccountOperations> {
  const { directory } = await offlineIdentity(accounts);
  const record = (action: string, subject: string, changes: Parameters<typeof doneHere>[2] = {}) =>
    audit.record(doneHere(action, subject, changes));
  return {
    users: () => accounts.users(),
    projects: () => accounts.projects(),
    roles: () => accounts.roles(),
    async addUser(user) {
      const added = await directory.createUser(user);
      await record('user.add', `user:${added.id}`, {
        name: [null, user.name],
        password: [null, '(secret)'],
      });
      return added;
    },
    async addProject(name) {
      const added = await directory.createProject({ name });
      await record('project.add', `project:${added.id}`, { name: [null, name] });
      return added;
    },
    async setPassword(user, password) {
      await directory.updateUser(user.id, { password });
      await record('user.change', `user:${user.id}`, { password: ['(secret)', '(secret)'] });
    },
    async deleteUser(user) {
      await directory.removeUser(user.id);
      await record('user.delete', `user:${user.id}`, { name: [user.name, null] });
    },
    async grant(user, project, role) {
      await directory.ensureRole(user.id, project.id, role.id);
      await record('role.grant', `user:${user.id}`, { [project.name]: [null, role.name] });
    },
    async revoke(user, project, role) {
      await directory.unassign({
        userId: user.id,
        roleId: role.id,
        scope: { on: 'project', id: project.id },
      });
      await record('role.revoke', `user:${user.id}`, { [project.name]: [role.name, null] });
    },
    async grants() {
      const [projects, roles] = [await accounts.projects(), await accounts.roles()];
      return (await accounts.assignments({})).flatMap(({ userId, roleId, scope }) => {
        const project = scope.on === 'project' ? projects.find(({ id }) => id === scope.id) : undefined;
        const role = roles.find(({ id }) => id === roleId);
        return project === undefined || role === undefined
          ? []
          : [{ user: userId, project: project.name, role: role.name }];
      });
    },
  };
}
