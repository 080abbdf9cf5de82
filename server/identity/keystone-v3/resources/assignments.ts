/** `/role_assignments`: who has which role where, as granted or with the roles it implies. */
import { Hono } from 'hono';
import { DomainError } from '../../../domain/errors.ts';
import { type Assignment, DEFAULT_DOMAIN, type Scope } from '../../../ports/accounts.ts';
import { rolesOn } from '../../roles.ts';
import { demandAuditor, type KeystoneDeps, type KeystoneEnv, readsOn, v3Url } from '../context.ts';
import { isSet } from '../filters.ts';
import { listed } from '../lookups.ts';
import type * as shapes from '../shapes.ts';

export function assignmentRoutes(deps: KeystoneDeps): Hono<KeystoneEnv> {
  return new Hono<KeystoneEnv>().get('/role_assignments', async (c) => {
    demandAuditor(c.var.caller, 'identity:list_role_assignments', readsOn(c.var.caller, 'domain'));
    const query = new URL(c.req.url).searchParams;
    refuseContradictions(query);
    const documents = await assignmentDocuments(deps, query, v3Url(deps, c.req.raw));
    return c.json(listed(c, deps, 'role_assignments', documents));
  });
}

/** A combination that can only give an empty list is a mistake (Keystone). @throws DomainError `invalid` */
function refuseContradictions(query: URLSearchParams): void {
  const pairs = [
    ['scope.project.id', 'scope.domain.id'],
    ['scope.project.id', 'scope.system'],
    ['scope.domain.id', 'scope.system'],
    ['user.id', 'group.id'],
  ] as const;
  for (const [one, other] of pairs) {
    if (query.get(one) && query.get(other))
      throw new DomainError('invalid', `Specify ${one} or ${other}, not both`);
  }
  if (isSet(query, 'effective') && query.get('group.id'))
    throw new DomainError(
      'invalid',
      'Combining effective and group filter will always result in an empty list.',
    );
}

async function assignmentDocuments(
  { accounts }: KeystoneDeps,
  query: URLSearchParams,
  v3: string,
): Promise<readonly shapes.RoleAssignment[]> {
  const found = await askedFor(accounts, query);
  const [users, projects, roles] = await Promise.all([
    accounts.users(),
    accounts.projects(),
    accounts.roles(),
  ]);
  const domain = { ...DEFAULT_DOMAIN };
  const named = isSet(query, 'include_names');
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
  // There are no groups, so no role comes through one; and there is one flat domain, so no role is inherited.
  if (query.has('group.id') || query.get('scope.OS-INHERIT:inherited_to') === 'projects') return [];
  const userId = query.get('user.id');
  const roleId = query.get('role.id');
  const scope = scopeAsked(query);
  const direct = await accounts.assignments({
    ...(userId === null ? {} : { userId }),
    ...(scope === undefined ? {} : { scope }),
  });
  const all = isSet(query, 'effective') ? await withImplied(accounts, direct) : direct;
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
