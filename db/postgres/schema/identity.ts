/**
 * Tables of the embedded identity, as in SQLite. Every secret in them is a hash. Foreign keys follow an id that
 * changes.
 */
import type { AccessRule } from '../../../server/ports/accounts.ts';
import { sql } from '../../drizzle.ts';
import { index, pgTable, primaryKey, uniqueIndex } from '../drizzle.ts';
import { flag, json, long, text } from './columns.ts';

const words = (name: string) => json<readonly string[]>(name);
const scopeKind = () => text('scope').$type<'project' | 'domain' | 'system'>();

export const projects = pgTable(
  'projects',
  {
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    description: text('description').notNull(),
    enabled: flag('enabled').notNull(),
  },
  (table) => [uniqueIndex('projects_name').on(table.name)],
);

export const users = pgTable(
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

export const roles = pgTable(
  'roles',
  { id: text('id').primaryKey(), name: text('name').notNull(), description: text('description') },
  (table) => [uniqueIndex('roles_name').on(table.name)],
);

const cascade = { onDelete: 'cascade', onUpdate: 'cascade' } as const;
const userId = () =>
  text('user_id')
    .notNull()
    .references(() => users.id, cascade);

/** `target` is the id of the project or domain; for the system it is ''. */
export const assignments = pgTable(
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

export const applicationCredentials = pgTable(
  'application_credentials',
  {
    id: text('id').primaryKey(),
    userId: userId(),
    projectId: text('project_id')
      .notNull()
      .references(() => projects.id, cascade),
    name: text('name').notNull(),
    description: text('description'),
    roleIds: words('role_ids').notNull(),
    unrestricted: flag('unrestricted').notNull(),
    /** Null: no restriction beyond its roles. */
    accessRules: json<readonly AccessRule[]>('access_rules'),
    secretHash: text('secret_hash').notNull(),
    /** Microseconds. */
    expiresAt: long('expires_at'),
  },
  (table) => [uniqueIndex('application_credentials_user_name').on(table.userId, table.name)],
);

/** `scope` is null where the token is unscoped. */
export const tokens = pgTable(
  'tokens',
  {
    hash: text('hash').primaryKey(),
    userId: userId(),
    scope: scopeKind(),
    target: text('target').notNull(),
    methods: words('methods').notNull(),
    auditIds: words('audit_ids').notNull(),
    applicationCredentialId: text('application_credential_id').references(
      () => applicationCredentials.id,
      cascade,
    ),
    issuedAt: long('issued_at').notNull(),
    expiresAt: long('expires_at').notNull(),
  },
  (table) => [
    index('tokens_of_user').on(table.userId),
    index('tokens_on').on(table.scope, table.target),
    index('tokens_expiring').on(table.expiresAt),
    index('tokens_of_credential').on(table.applicationCredentialId),
  ],
);

export const agentTokens = pgTable(
  'agent_tokens',
  {
    id: text('id').primaryKey(),
    hash: text('hash').notNull(),
    label: text('label').notNull(),
    hosts: words('hosts').notNull(),
    createdAt: long('created_at').notNull(),
    expiresAt: long('expires_at'),
  },
  (table) => [
    uniqueIndex('agent_tokens_hash').on(table.hash),
    index('agent_tokens_expiring').on(table.expiresAt).where(sql`expires_at IS NOT NULL`),
  ],
);
