/** Grants roles to users and revokes them, below projects, domains and the system. */
import { type Context, Hono } from 'hono';
import { type Assignment, DEFAULT_DOMAIN, type Scope } from '../../../ports/accounts.ts';
import { known } from '../../embedded/directory.ts';
import {
  demandAdmin,
  demandAuditor,
  type KeystoneDeps,
  type KeystoneEnv,
  readsOn,
  v3Url,
} from '../context.ts';
import { roleDocument } from '../documents.ts';
import { listed } from '../lookups.ts';

/** A scope on which roles are granted: its path, and how its parameters name it. */
const PLACES: readonly (readonly [path: string, scopeOf: (target: string) => Scope])[] = [
  ['/projects/:target/users/:user/roles', (id) => ({ on: 'project', id })],
  ['/domains/:target/users/:user/roles', (id) => ({ on: 'domain', id })],
  ['/system/users/:user/roles', () => ({ on: 'system' })],
];

export function grantRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, directory } = deps;
  const app = new Hono<KeystoneEnv>();

  for (const [path, scopeOf] of PLACES) {
    /** @throws DomainError `not_found` for a missing scope or user */
    const grantee = async (c: Context<KeystoneEnv>): Promise<Pick<Assignment, 'userId' | 'scope'>> => {
      const target = c.req.param('target') ?? '';
      const scope = scopeOf(target);
      if (scope.on === 'project') known(await accounts.project(target), 'project', target);
      if (scope.on === 'domain') known(target === DEFAULT_DOMAIN.id ? true : undefined, 'domain', target);
      const userId = c.req.param('user') ?? '';
      known(await accounts.user(userId), 'user', userId);
      return { userId, scope };
    };
    const grant = async (c: Context<KeystoneEnv>): Promise<Assignment> => {
      const roleId = c.req.param('role') ?? '';
      const role = (await accounts.roles()).find(({ id }) => id === roleId);
      return { ...(await grantee(c)), roleId: known(role, 'role', roleId).id };
    };

    app.get(path, async (c) => {
      demandAuditor(c.var.caller, 'identity:list_grants', readsOn(c.var.caller, 'domain'));
      const v3 = v3Url(deps, c.req.raw);
      const assigned = new Set((await accounts.assignments(await grantee(c))).map(({ roleId }) => roleId));
      const documents = (await accounts.roles())
        .filter(({ id }) => assigned.has(id))
        .map((role) => roleDocument(role, v3));
      return c.json(listed(c, deps, 'roles', documents));
    });

    // HEAD comes here too: clients use it to ask whether a role is granted.
    app.get(`${path}/:role`, async (c) => {
      demandAuditor(c.var.caller, 'identity:check_grant', readsOn(c.var.caller, 'domain'));
      const asked = await grant(c);
      known((await accounts.assignments(asked))[0], 'role assignment with role', asked.roleId);
      return c.body(null, 204);
    });

    app.put(`${path}/:role`, async (c) => {
      demandAdmin(c.var.caller, 'identity:create_grant');
      await directory.assign(await grant(c));
      return c.body(null, 204);
    });

    app.delete(`${path}/:role`, async (c) => {
      demandAdmin(c.var.caller, 'identity:revoke_grant');
      await directory.unassign(await grant(c));
      return c.body(null, 204);
    });
  }
  return app;
}
