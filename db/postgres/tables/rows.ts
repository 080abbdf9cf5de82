/** Row <-> domain. Rows are read as arrays in the order of the schema's columns. */
import type { Instance } from '../../../server/domain/instances/instance.ts';
import type { Service } from '../../../server/domain/service.ts';
import { detailsOf } from '../../details-text.ts';
import { getTableColumns } from '../../drizzle.ts';
import { instances, services } from '../schema/compute.ts';

const serviceColumns = getTableColumns(services);
const instanceColumns = getTableColumns(instances);

export const SERVICE_KEYS = Object.keys(serviceColumns) as (keyof Service)[];
export const INSTANCE_KEYS = Object.keys(instanceColumns) as (keyof Instance)[];

/** Of `services s LEFT JOIN last_seen seen`: a report moves both times forward, and is stored beside the row. */
const MOVED: Partial<Record<keyof Service, string>> = {
  lastSeenUp: 'greatest(s.last_seen_up, seen.at)',
  updatedAt: 'greatest(s.updated_at, seen.at)',
};

/** `SELECT` of whole services; a condition on `s` follows. */
export const SELECT_SERVICES = `SELECT ${SERVICE_KEYS.map((key) => MOVED[key] ?? `s."${serviceColumns[key].name}"`).join(', ')}
  FROM services s LEFT JOIN last_seen seen ON seen.service = s.id`;

/** `SELECT` of whole instances; a condition on `i` follows. */
export const SELECT_INSTANCES = `SELECT ${INSTANCE_KEYS.map((key) => `i."${instanceColumns[key].name}"`).join(', ')} FROM instances i`;

export const SERVICE_FIELDS = fieldsOf(SERVICE_KEYS, serviceColumns);
export const INSTANCE_FIELDS = fieldsOf(INSTANCE_KEYS, instanceColumns);

/** A column as a statement needs it: our name, its name, its type. */
export interface Field {
  readonly key: string;
  readonly column: string;
  readonly type: string;
}

export function fieldsOf(
  keys: readonly string[],
  columns: Record<string, { name: string; getSQLType(): string }>,
): Field[] {
  return keys.map((key) => {
    const column = columns[key];
    if (column === undefined) throw new Error(`there is no column ${key}`);
    return { key, column: column.name, type: column.getSQLType() };
  });
}

export function toService(row: readonly unknown[]): Service {
  return Object.fromEntries(SERVICE_KEYS.map((key, n) => [key, row[n]])) as unknown as Service;
}

export function toInstance(row: readonly unknown[]): Instance {
  const instance = Object.fromEntries(INSTANCE_KEYS.map((key, n) => [key, row[n]])) as Record<
    string,
    unknown
  >;
  instance.details = detailsOf(instance.details as string);
  return instance as unknown as Instance;
}

/** The columns of a row of the log, by the names of the port. */
export const LOG_COLUMNS =
  'log.stream, log.seq, log.at, log.items, log.entry, log.unknown_seq AS "unknownSeq"';
