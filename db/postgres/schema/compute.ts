/** Services, instances and their tables. The port shows the same as with SQLite. */
import type { Evidence, Fence } from '../../../client-sdk/protocol/items.ts';
import type { Flavor, InstanceDetails } from '../../../server/domain/instances/instance.ts';
import { sql } from '../../drizzle.ts';
import { type ExtraConfigColumn, index, integer, pgTable, uniqueIndex } from '../drizzle.ts';
import { flag, json, long, text } from './columns.ts';

export const services = pgTable(
  'services',
  {
    /** From the head row and not from a sequence: given in the transaction, and never reused. */
    id: long('id').primaryKey(),
    uuid: text('uuid').notNull(),
    host: text('host').notNull(),
    binary: text('binary').notNull(),
    zone: text('zone').notNull(),
    disabled: flag('disabled').notNull(),
    disabledReason: text('disabled_reason'),
    forcedDown: flag('forced_down').notNull(),
    forcedDownAt: long('forced_down_at'),
    forcedDownBy: text('forced_down_by'),
    forcedDownReason: text('forced_down_reason'),
    fence: text('fence').$type<Fence>().notNull(),
    live: flag('live').notNull(),
    lastSeenUp: long('last_seen_up'),
    createdAt: long('created_at').notNull(),
    updatedAt: long('updated_at').notNull(),
    statusSince: long('status_since').notNull(),
    reportIntervalMs: long('report_interval_ms'),
    serviceDownTimeMs: long('service_down_time_ms'),
    heardForcedDownAt: long('heard_forced_down_at'),
    evidence: text('evidence').$type<Evidence>(),
  },
  (table) => [
    uniqueIndex('services_host_binary').on(table.host, table.binary),
    uniqueIndex('services_uuid').on(table.uuid),
    index('services_facts').on(table.binary, table.forcedDown, table.disabled, table.live, table.host),
  ],
);

/**
 * When each service last reported. Its own table, because it is written very often: no index but the key, so that a row
 * is updated within its page. Retention removes the rows of removed services.
 */
export const lastSeen = pgTable('last_seen', {
  service: long('service').primaryKey(),
  at: long('at').notNull(),
});

const present = sql`deleted_at IS NULL`;
const deleted = sql`deleted_at IS NOT NULL`;

/** Newest first, in the form of a statement. */
const newest = ({ createdAt }: { readonly createdAt: ExtraConfigColumn }) => createdAt.desc().nullsFirst();

export const instances = pgTable(
  'instances',
  {
    id: text('id').primaryKey(),
    projectId: text('project_id').notNull(),
    userId: text('user_id').notNull(),
    name: text('name').notNull(),
    host: text('host'),
    node: text('node'),
    vmState: text('vm_state').notNull(),
    taskState: text('task_state'),
    powerState: integer('power_state').notNull(),
    availabilityZone: text('availability_zone'),
    imageRef: text('image_ref').notNull(),
    flavorId: text('flavor_id').notNull(),
    locked: flag('locked').notNull(),
    createdAt: long('created_at').notNull(),
    updatedAt: long('updated_at').notNull(),
    launchedAt: long('launched_at'),
    terminatedAt: long('terminated_at'),
    deletedAt: long('deleted_at'),
    placedAt: long('placed_at').notNull(),
    statusSince: long('status_since').notNull(),
    details: json<InstanceDetails>('details').notNull(),
  },
  (table) => [
    /** A fan-out reads a host's instances from here, sorted by owner. */
    index('instances_on_host').on(table.host, table.projectId, table.id).where(present),
    index('instances_on_host_listed').on(table.host, newest(table), table.id).where(present),
    index('instances_of_project').on(table.projectId, table.id).where(present),
    index('instances_listed').on(newest(table), table.id).where(present),
    index('instances_of_project_listed').on(table.projectId, newest(table), table.id).where(present),
    index('instances_named').on(table.name, table.id).where(present),
    index('instances_of_project_named').on(table.projectId, table.name, table.id).where(present),
    index('instances_in_state').on(table.vmState, newest(table), table.id).where(present),
    index('instances_of_project_in_state')
      .on(table.projectId, table.vmState, newest(table), table.id)
      .where(present),
    index('instances_of_flavor_listed').on(table.flavorId, newest(table), table.id).where(present),
    index('instances_of_project_of_flavor')
      .on(table.projectId, table.flavorId, newest(table), table.id)
      .where(present),
    index('instances_of_image').on(table.imageRef, newest(table), table.id).where(present),
    index('instances_of_project_of_image')
      .on(table.projectId, table.imageRef, newest(table), table.id)
      .where(present),
    index('instances_changed').on(table.updatedAt, table.id),
    index('instances_of_project_changed').on(table.projectId, table.updatedAt, table.id),
    index('instances_deleted').on(table.projectId, newest(table), table.id).where(deleted),
    index('instances_deleted_listed').on(newest(table), table.id).where(deleted),
    index('instances_deleted_at').on(table.deletedAt).where(deleted),
  ],
);

/** Actions on instances. Ids grow, so the newest are the largest. */
export const instanceActions = pgTable(
  'instance_actions',
  {
    id: long('id').primaryKey().generatedAlwaysAsIdentity(),
    instanceId: text('instance_id').notNull(),
    action: text('action').notNull(),
    requestId: text('request_id').notNull(),
    userId: text('user_id').notNull(),
    projectId: text('project_id'),
    at: long('at').notNull(),
  },
  (table) => [index('instance_actions_of').on(table.instanceId, table.id)],
);

export const flavors = pgTable('flavors', {
  id: text('id').primaryKey(),
  flavor: json<Flavor>('flavor').notNull(),
});

/** Changes by operators. `id` grows with commits and is never reused. */
export const audit = pgTable(
  'audit',
  {
    id: long('id').primaryKey().generatedAlwaysAsIdentity(),
    at: long('at').notNull(),
    actor: text('actor').notNull(),
    address: text('address'),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    changes: text('changes').notNull(),
    share: text('share').notNull().default(''),
    nth: long('nth').notNull().default(0),
  },
  (table) => [
    index('audit_of_share').on(table.share, table.nth),
    index('audit_of_subject').on(table.subject, table.id),
    index('audit_of_actor').on(table.actor, table.id),
  ],
);
