/** Records who changed which account, from which address, and each field before and after. */
import type { MiddlewareHandler } from 'hono';
import type { AuditChanges } from '../../domain/audit.ts';
import type { Accounts, Scope } from '../../ports/accounts.ts';
import { isAdminCaller, type KeystoneDeps, type KeystoneEnv } from './context.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The kind of object that a path is about: `id` in the path names it, or the answer does where it is new. */
interface Kind {
  readonly path: RegExp;
  readonly kind: string;
  readonly verbs?: Readonly<Record<string, string>>;
  /** Reads the object as it is now; undefined where it does not exist. */
  read(accounts: Accounts, groups: Readonly<Record<string, string>>): Promise<Fields | undefined>;
}

const VERBS: Readonly<Record<string, string>> = { POST: 'create', PATCH: 'update', DELETE: 'delete' };

const KINDS: readonly Kind[] = [
  { path: /^\/users(?:\/(?<id>[^/]+))?$/, kind: 'user', read: (accounts, { id }) => user(accounts, id) },
  {
    path: /^\/projects(?:\/(?<id>[^/]+))?$/,
    kind: 'project',
    async read(accounts, { id = '' }) {
      const found = await accounts.project(id);
      return found && { name: found.name, description: found.description, enabled: found.enabled };
    },
  },
  {
    path: /^\/roles(?:\/(?<id>[^/]+))?$/,
    kind: 'role',
    async read(accounts, { id }) {
      const role = (await accounts.roles()).find((one) => one.id === id);
      return role && { name: role.name, description: role.description };
    },
  },
  {
    path: /^\/(?<on>projects|domains)\/(?<target>[^/]+)\/users\/(?<id>[^/]+)\/roles\/(?<role>[^/]+)$/,
    kind: 'user',
    verbs: { PUT: 'grant', DELETE: 'revoke' },
    read: (accounts, { on, target = '', id, role }) =>
      grant(accounts, id, role, { on: on === 'projects' ? 'project' : 'domain', id: target }),
  },
  {
    path: /^\/system\/users\/(?<id>[^/]+)\/roles\/(?<role>[^/]+)$/,
    kind: 'user',
    verbs: { PUT: 'grant', DELETE: 'revoke' },
    read: (accounts, { id, role }) => grant(accounts, id, role, { on: 'system' }),
  },
  {
    path: /^\/users\/(?<user>[^/]+)\/application_credentials(?:\/(?<id>[^/]+))?$/,
    kind: 'application_credential',
    async read(accounts, { id = '' }) {
      const found = await accounts.applicationCredential(id);
      return found && { user_id: found.userId, project_id: found.projectId, name: found.name };
    },
  },
];

/**
 * Runs after `callerKnown`. Changes that users make to their own accounts are not recorded, so that an ordinary user
 * cannot push out the operators' records.
 */
export function audited({
  accounts,
  record,
}: Pick<KeystoneDeps, 'accounts' | 'record'>): MiddlewareHandler<KeystoneEnv> {
  return async (c, next) => {
    const { method, path } = c.req;
    const below = path.replace(/^\/identity\/v3/, '').replace(/\/$/, '');
    const kind = KINDS.find((one) => one.path.test(below));
    const verb = (kind?.verbs ?? VERBS)[method];
    if (kind === undefined || verb === undefined || !isAdminCaller(c.var.caller)) return next();
    const groups = { ...kind.path.exec(below)?.groups };
    const before = groups.id === undefined ? undefined : await kind.read(accounts, groups);
    await next();
    if (!c.res.ok) return;
    const id = groups.id ?? (await c.res.clone().json())[kind.kind].id;
    const changes = differences(before, await kind.read(accounts, { ...groups, id }));
    if (Object.keys(changes).length === 0) return;
    const done = { action: `${kind.kind}.${verb}`, subject: `${kind.kind}:${id}`, changes };
    await record(c.req.raw, c.var.caller.user.id, done);
  };
}

async function user(accounts: Accounts, id = ''): Promise<Fields | undefined> {
  const found = await accounts.user(id);
  if (found === undefined) return undefined;
  const { name, description, email, enabled, defaultProjectId, passwordHash } = found;
  return { name, description, email, enabled, default_project_id: defaultProjectId, password: passwordHash };
}

async function grant(accounts: Accounts, userId = '', roleId = '', scope: Scope): Promise<Fields> {
  const assigned = await accounts.assignments({ userId, roleId, scope });
  const role = (await accounts.roles()).find(({ id }) => id === roleId)?.name ?? roleId;
  const on = scope.on === 'system' ? 'system' : `${scope.on}:${scope.id}`;
  return { [`${role} on ${on}`]: assigned.length > 0 };
}

function differences(before: Fields = {}, after: Fields = {}): AuditChanges {
  const changes: Record<string, readonly [unknown, unknown]> = {};
  for (const name of Object.keys({ ...before, ...after })) {
    const was = before[name] ?? null;
    const is = after[name] ?? null;
    if (was !== is) changes[name] = name === 'password' ? [redacted(was), redacted(is)] : [was, is];
  }
  return changes;
}

/** The record says only that there is a password. */
function redacted(hash: unknown): string | null {
  return hash === null ? null : '(secret)';
}
