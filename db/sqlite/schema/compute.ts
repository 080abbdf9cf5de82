/**
 * Tables. Columns have the domain's names, so that a row is the domain's object except where rows.ts says otherwise.
 * Times are milliseconds since the epoch. Every table is STRICT, which drizzle-kit cannot express: see strict.ts.
 */

import type { Evidence, Fence } from '../../../client-sdk/protocol/items.ts';
import type { Flavor, InstanceDetails } from '../../../server/domain/instances/instance.ts';
import type { LineageEntry } from '../../../server/ports/log.ts';
import { blob, index, integer, sql, sqliteTable, text, uniqueIndex } from '../../drizzle.ts';

const flag = (name: string) => integer(name, { mode: 'boolean' });

export const services = sqliteTable(
  'services',
  {
    /** Never reused: Nova's clients store it. */
    id: integer('id').primaryKey({ autoIncrement: true }),
    uuid: text('uuid').notNull(),
    host: text('host').notNull(),
    binary: text('binary').notNull(),
    zone: text('zone').notNull(),
    disabled: flag('disabled').notNull(),
    disabledReason: text('disabled_reason'),
    forcedDown: flag('forced_down').notNull(),
    forcedDownAt: integer('forced_down_at'),
    forcedDownBy: text('forced_down_by'),
    forcedDownReason: text('forced_down_reason'),
    fence: text('fence').$type<Fence>().notNull(),
    live: flag('live').notNull(),
    lastSeenUp: integer('last_seen_up'),
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    statusSince: integer('status_since').notNull(),
    reportIntervalMs: integer('report_interval_ms'),
    serviceDownTimeMs: integer('service_down_time_ms'),
    heardForcedDownAt: integer('heard_forced_down_at'),
    evidence: text('evidence').$type<Evidence>(),
  },
  (table) => [
    uniqueIndex('services_host_binary').on(table.host, table.binary),
    uniqueIndex('services_uuid').on(table.uuid),
    /** Which hosts have a status, read from this index alone. */
    index('services_facts').on(table.binary, table.forcedDown, table.disabled, table.live, table.host),
  ],
);

const present = sql`deleted_at IS NULL`;
const deleted = sql`deleted_at IS NOT NULL`;
const newestFirst = sql`created_at DESC`;

export const instances = sqliteTable(
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
    createdAt: integer('created_at').notNull(),
    updatedAt: integer('updated_at').notNull(),
    launchedAt: integer('launched_at'),
    terminatedAt: integer('terminated_at'),
    deletedAt: integer('deleted_at'),
    placedAt: integer('placed_at').notNull(),
    statusSince: integer('status_since').notNull(),
    details: text('details', { mode: 'json' }).$type<InstanceDetails>().notNull(),
  },
  (table) => [
    /**
     * A fan-out reads a host's instances from this index alone, sorted by owner. `deleted_at` is always NULL in it, but
     * SQLite needs it there to skip the table.
     */
    index('instances_on_host')
      .on(table.host, table.projectId, table.id, table.name, table.deletedAt)
      .where(present),
    /** The instances on a host, as a list: one host may have tens of thousands. */
    index('instances_on_host_listed').on(table.host, newestFirst, table.id).where(present),
    index('instances_of_project').on(table.projectId, table.id).where(present),
    /** Newest first and ties by id upward, as Nova lists: a bulk import gives many rows the same created_at. */
    index('instances_listed').on(newestFirst, table.id).where(present),
    index('instances_of_project_listed').on(table.projectId, newestFirst, table.id).where(present),
    /** The other order in which clients list everything. */
    index('instances_named').on(table.name, table.id).where(present),
    index('instances_of_project_named').on(table.projectId, table.name, table.id).where(present),
    /** The usual filters, each alone for an operator and within a project for its owner. */
    index('instances_in_state').on(table.vmState, newestFirst, table.id).where(present),
    index('instances_of_project_in_state')
      .on(table.projectId, table.vmState, newestFirst, table.id)
      .where(present),
    /** Also for the list of flavors, and for the number of each that an owner has. */
    index('instances_of_flavor_listed').on(table.flavorId, newestFirst, table.id).where(present),
    index('instances_of_project_of_flavor')
      .on(table.projectId, table.flavorId, newestFirst, table.id)
      .where(present),
    index('instances_of_image').on(table.imageRef, newestFirst, table.id).where(present),
    index('instances_of_project_of_image')
      .on(table.projectId, table.imageRef, newestFirst, table.id)
      .where(present),
    /** `changes-since` also finds deleted ones. */
    index('instances_changed').on(table.updatedAt, table.id),
    index('instances_of_project_changed').on(table.projectId, table.updatedAt, table.id),
    index('instances_deleted').on(table.projectId, newestFirst, table.id).where(deleted),
    index('instances_deleted_listed').on(newestFirst, table.id).where(deleted),
    /** Instances deleted long enough ago to be removed. */
    index('instances_deleted_at').on(table.deletedAt).where(deleted),
  ],
);

/** Actions on instances. Ids grow, so the newest are the largest. */
export const instanceActions = sqliteTable(
  'instance_actions',
  {
    id: integer('id').primaryKey(),
    instanceId: text('instance_id').notNull(),
    action: text('action').notNull(),
    requestId: text('request_id').notNull(),
    userId: text('user_id').notNull(),
    projectId: text('project_id'),
    at: integer('at').notNull(),
  },
  (table) => [index('instance_actions_of').on(table.instanceId, table.id)],
);

/** Declared flavors; an instance also carries its own. */
export const flavors = sqliteTable('flavors', {
  id: text('id').primaryKey(),
  flavor: text('flavor', { mode: 'json' }).$type<Flavor>().notNull(),
});

/** One row for each stream in which something happened. */
export const streams = sqliteTable('streams', {
  name: text('name').primaryKey(),
  head: integer('head').notNull(),
  floor: integer('floor').notNull(),
  /** Lineage entry of the row at the head. */
  entry: integer('entry').notNull().default(0),
  /** The same of the last row that was trimmed. */
  floorEntry: integer('floor_entry').notNull().default(0),
  /** All four by the numbers that rows have under the policy `unknown-only`. */
  unknownHead: integer('unknown_head').notNull().default(0),
  unknownFloor: integer('unknown_floor').notNull().default(1),
  unknownEntry: integer('unknown_entry').notNull().default(0),
  unknownFloorEntry: integer('unknown_floor_entry').notNull().default(0),
});

/** `id` grows with commits over all streams: the oldest rows are those with the smallest. */
export const log = sqliteTable(
  'log',
  {
    id: integer('id').primaryKey(),
    stream: text('stream').notNull(),
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
    items: text('items').notNull(),
    /** Lineage entry of this row; 0: from before there were entries. */
    entry: integer('entry').notNull().default(0),
    /** Its number under the policy `unknown-only`; NULL where such owners see nothing of it. */
    unknownSeq: integer('unknown_seq'),
  },
  (table) => [
    uniqueIndex('log_stream_seq').on(table.stream, table.seq),
    uniqueIndex('log_stream_unknown_seq')
      .on(table.stream, table.unknownSeq)
      .where(sql`unknown_seq IS NOT NULL`),
  ],
);

/** Stretches of the log in which no other state can have replaced it; `entry` is random. */
export const lineage = sqliteTable('lineage', {
  id: integer('id').primaryKey(),
  entry: integer('entry').notNull(),
  at: integer('at').notNull(),
  /** Newest row of the log at that moment. */
  head: integer('head').notNull(),
  why: text('why').$type<LineageEntry['why']>().notNull(),
});

/** Changes by operators. `id` grows with commits and is never reused. */
export const audit = sqliteTable(
  'audit',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    at: integer('at').notNull(),
    actor: text('actor').notNull(),
    /** The client's address, as far as the edge knows. */
    address: text('address'),
    action: text('action').notNull(),
    subject: text('subject').notNull(),
    /** JSON: by field, the value before and after. */
    changes: text('changes').notNull(),
    /** Whose share of the table it takes: '' for operators, else a project or an account. */
    share: text('share').notNull().default(''),
    /** Grows by one with each entry of its share. */
    nth: integer('nth').notNull().default(0),
  },
  (table) => [
    index('audit_of_share').on(table.share, table.nth),
    index('audit_of_subject').on(table.subject, table.id),
    index('audit_of_actor').on(table.actor, table.id),
  ],
);

/** One row: the identity of this log. */
export const meta = sqliteTable('meta', {
  id: integer('id').primaryKey(),
  epoch: text('epoch').notNull(),
  signingKey: blob('signing_key', { mode: 'buffer' }).notNull(),
  createdAt: integer('created_at').notNull(),
});
