/** Row <-> domain. Columns carry the domain's names, so the types themselves are the mapping; the compiler holds it. */
import type { Instance } from '../server/domain/instance.ts';
import type { Service } from '../server/domain/service.ts';
import type { instances, services } from './sqlite/schema.ts';

export type ServiceRow = typeof services.$inferSelect;
export type InstanceRow = typeof instances.$inferSelect;

export function toService(row: ServiceRow): Service {
  return row;
}

/** Without `id`: the database gives it and it never changes. */
export function fromService({ id: _, ...service }: Service): Omit<ServiceRow, 'id'> {
  return service;
}

export function toInstance(row: InstanceRow): Instance {
  return row;
}

export function fromInstance(instance: Instance): InstanceRow {
  return instance;
}
