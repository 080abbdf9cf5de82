/** `/role_assignments`: who has which role where, as given or with what it implies. */
import { Hono } from 'hono';
import { type Assignment, DEFAULT_DOMAIN, type Scope } from '../accounts.ts';
import { rolesOn } from '../roles.ts';
import { collection, demandAdmin, type KeystoneDeps, type KeystoneEnv, v3Url } from './context.ts';
import { isTrue } from './filters.ts';

export function assignmentRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  return new Hono<KeystoneEnv>().get('/role_assignments', async (c) => {
    demandAdmin(c.var.caller, 'identity:list_role_assignments');
    const v3 = v3Url(deps, c.req.raw);
    const documents = await assignmentDocuments(deps, new URL(c.req.url).searchParams, v3);
    return c.json(collection('role_assignments', documents, `${v3}/role_assignments`));
  });
}

async function assignmentDocuments({ accounts }: KeystoneDeps, query: URLSearchParams, v3: string) {
  const found = await askedFor(accounts, query);
  const [users, projects, roles] = await Promise.all([
    accounts.users(),
    accounts.projects(),
    accounts.roles(),
  ]);
  const domain = { ...DEFAULT_DOMAIN };
  const named = isTrue(query.get('include_names') ?? '0');
  const names = new Map([...users, ...projects, ...roles].map(({ id, name }) => [id, name]));
  const nameOf = (id: string) => (named ? { name: names.get(id) ?? '' } : {});
  const inDomain = named ? { domain } : {};

  return found.map(({ userId, roleId, scope }) => ({
    role: { id: roleId, ...nameOf(roleId) },
    user: { id: userId, ...nameOf(userId), ...inDomain },
    scope:
      scope.on === 'project'
        ? { project: { id: scope.id, ...nameOf(scope.id), ...inDomain } }
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
  const all = isTrue(query.get('effective') ?? '0') ? await withImplied(accounts, direct) : direct;
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
