/** Tables of the embedded identity. Every secret in them is a hash. */
import type { AccessRule } from '../../../server/ports/accounts.ts';
import { index, integer, primaryKey, sql, sqliteTable, text, uniqueIndex } from '../../drizzle.ts';

const flag = (name: string) => integer(name, { mode: 'boolean' });
const words = (name: string) => text(name, { mode: 'json' }).$type<readonly string[]>();
const scopeKind = () => text('scope', { enum: ['project', 'domain', 'system'] });

export const projects = sqliteTable(
  'projects',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    description: text('description').notNull(),
    enabled: flag('enabled').notNull(),
  },
  (table) => [uniqueIndex('projects_name').on(table.name)],
);

export const users = sqliteTable(
  'users',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    description: text('description'),
    email: text('email'),
    enabled: flag('enabled').notNull(),
    defaultProjectId: text('default_project_id'),
    passwordHash: text('password_hash'),
  },
  (table) => [uniqueIndex('users_name').on(table.name)],
);

export const roles = sqliteTable(
  'roles',
  { id: text('id').primaryKey(), name: text('name').notNull(), description: text('description') },
  (table) => [uniqueIndex('roles_name').on(table.name)],
);

const userId = () =>
  text('user_id')
    .notNull()
    .references(() => users.id, { onDelete: 'cascade' });

/** `target` is the id of the project or domain; the system has no id and is written ''. */
export const assignments = sqliteTable(
  'assignments',
  {
    userId: userId(),
    roleId: text('role_id')
      .notNull()
      .references(() => roles.id),
    scope: scopeKind().notNull(),
    target: text('target').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.roleId, table.scope, table.target] }),
    index('assignments_on').on(table.scope, table.target),
  ],
);

export const applicationCredentials = sqliteTable(
  'application_credentials',
  {
    id: text('id').primaryKey(),
    userId: userId(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    description: text('description'),
    roleIds: words('role_ids').notNull(),
    unrestricted: flag('unrestricted').notNull(),
    secretHash: text('secret_hash').notNull(),
    /** Microseconds. */
    expiresAt: integer('expires_at'),
    /** Null: no restriction beyond its roles. */
    accessRules: text('access_rules', { mode: 'json' }).$type<readonly AccessRule[]>(),
  },
  (table) => [uniqueIndex('application_credentials_user_name').on(table.userId, table.name)],
);

/** `scope` is null where the token is unscoped. */
export const tokens = sqliteTable(
  'tokens',
  {
    hash: text('hash').primaryKey(),
    userId: userId(),
    scope: scopeKind(),
    target: text('target').notNull(),
    methods: words('methods').notNull(),
    auditIds: words('audit_ids').notNull(),
    applicationCredentialId: text('application_credential_id').references(() => applicationCredentials.id, {
      onDelete: 'cascade',
    }),
    issuedAt: integer('issued_at').notNull(),
    expiresAt: integer('expires_at').notNull(),
  },
  (table) => [
    index('tokens_of_user').on(table.userId),
    index('tokens_on').on(table.scope, table.target),
    index('tokens_expiring').on(table.expiresAt),
    index('tokens_of_credential').on(table.applicationCredentialId),
  ],
);

export const agentTokens = sqliteTable(
  'agent_tokens',
  {
    id: text('id').primaryKey(),
    hash: text('hash').notNull(),
    label: text('label').notNull(),
    hosts: words('hosts').notNull(),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
  },
  (table) => [
    uniqueIndex('agent_tokens_hash').on(table.hash),
    index('agent_tokens_expiring').on(table.expiresAt).where(sql`expires_at IS NOT NULL`),
  ],
);
