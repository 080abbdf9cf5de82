/** `/roles`, `/role_assignments`, and the grants below projects, domains and the system. */
import { type Context, Hono } from 'hono';
import { type Assignment, DEFAULT_DOMAIN, type Scope } from '../accounts.ts';
import { known } from '../directory.ts';
import { rolesOn } from '../roles.ts';
import { collection, demandAdmin, type KeystoneDeps, type KeystoneEnv, v3Url } from './context.ts';
import { roleDocument } from './documents.ts';
import { filtered } from './filters.ts';

/** A place where roles are granted: its path, and the scope its parameters mean. */
const PLACES: readonly (readonly [path: string, scopeOf: (target: string) => Scope])[] = [
  ['/projects/:target/users/:user/roles', (id) => ({ on: 'project', id })],
  ['/domains/:target/users/:user/roles', (id) => ({ on: 'domain', id })],
  ['/system/users/:user/roles', () => ({ on: 'system' })],
];

export function grantRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  const { accounts, directory } = deps;
  const app = new Hono<KeystoneEnv>();

  app.get('/roles', async (c) => {
    demandAdmin(c.var.caller, 'identity:list_roles');
    const v3 = v3Url(deps, c.req.raw);
    const query = new URL(c.req.url).searchParams;
    const found = query.has('domain_id') ? [] : filtered(await accounts.roles(), query);
    return c.json(
      collection(
        'roles',
        found.map((role) => roleDocument(role, v3)),
        `${v3}/roles`,
      ),
    );
  });

  app.get('/roles/:id', async (c) => {
    demandAdmin(c.var.caller, 'identity:get_role');
    const id = c.req.param('id');
    const role = (await accounts.roles()).find((one) => one.id === id);
    return c.json({ role: roleDocument(known(role, 'role', id), v3Url(deps, c.req.raw)) });
  });

  app.get('/role_assignments', async (c) => {
    demandAdmin(c.var.caller, 'identity:list_role_assignments');
    const v3 = v3Url(deps, c.req.raw);
    const query = new URL(c.req.url).searchParams;
    const documents = await assignmentDocuments(deps, query, v3);
    return c.json(collection('role_assignments', documents, `${v3}/role_assignments`));
  });

  for (const [path, scopeOf] of PLACES) {
    /** @throws DomainError `not_found` for a scope or a user that is not there */
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
      demandAdmin(c.var.caller, 'identity:list_grants');
      const v3 = v3Url(deps, c.req.raw);
      const held = new Set((await accounts.assignments(await grantee(c))).map(({ roleId }) => roleId));
      const roles = (await accounts.roles()).filter(({ id }) => held.has(id));
      return c.json(
        collection(
          'roles',
          roles.map((role) => roleDocument(role, v3)),
          c.req.url,
        ),
      );
    });

    // HEAD comes here too: it is how Keystone is asked whether a role is granted.
    app.get(`${path}/:role`, async (c) => {
      demandAdmin(c.var.caller, 'identity:check_grant');
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

async function assignmentDocuments({ accounts }: KeystoneDeps, query: URLSearchParams, v3: string) {
  const found = await askedFor(accounts, query);
  const [users, projects, roles] = await Promise.all([
    accounts.users(),
    accounts.projects(),
    accounts.roles(),
  ]);
  const domain = { ...DEFAULT_DOMAIN };
  const named = query.has('include_names') && query.get('include_names') !== '0';
  const nameOf = (all: readonly { id: string; name: string }[], id: string) =>
    named ? { name: all.find((one) => one.id === id)?.name ?? '' } : {};
  const inDomain = named ? { domain } : {};

  return found.map(({ userId, roleId, scope }) => ({
    role: { id: roleId, ...nameOf(roles, roleId) },
    user: { id: userId, ...nameOf(users, userId), ...inDomain },
    scope:
      scope.on === 'project'
        ? { project: { id: scope.id, ...nameOf(projects, scope.id), ...inDomain } }
        : scope.on === 'domain'
          ? { domain: named ? domain : { id: scope.id } }
          : { system: { all: true } },
    links: { assignment: `${v3}/${placeOf(scope)}/users/${userId}/roles/${roleId}` },
  }));
}

async function askedFor(
  accounts: KeystoneDeps['accounts'],
  query: URLSearchParams,
): Promise<readonly Assignment[]> {
  // There are no groups, so nobody has a role through one.
  if (query.has('group.id')) return [];
  const userId = query.get('user.id');
  const roleId = query.get('role.id');
  const scope = scopeAsked(query);
  const direct = await accounts.assignments({
    ...(userId === null ? {} : { userId }),
    ...(scope === undefined ? {} : { scope }),
  });
  const all = query.has('effective') ? await withImplied(accounts, direct) : direct;
  return roleId === null ? all : all.filter((one) => one.roleId === roleId);
}

async function withImplied(
  accounts: KeystoneDeps['accounts'],
  direct: readonly Assignment[],
): Promise<Assignment[]> {
  const effective: Assignment[] = [];
  const seen = new Set<string>();
  for (const { userId, scope } of direct) {
    const place = `${userId} ${placeOf(scope)}`;
    if (seen.has(place)) continue;
    seen.add(place);
    for (const role of await rolesOn(accounts, userId, scope))
      effective.push({ userId, roleId: role.id, scope });
  }
  return effective;
}

function scopeAsked(query: URLSearchParams): Scope | undefined {
  const project = query.get('scope.project.id');
  if (project !== null) return { on: 'project', id: project };
  const domain = query.get('scope.domain.id');
  if (domain !== null) return { on: 'domain', id: domain };
  return query.has('scope.system') ? { on: 'system' } : undefined;
}

function placeOf(scope: Scope): string {
  return scope.on === 'system' ? 'system' : `${scope.on}s/${scope.id}`;
}
