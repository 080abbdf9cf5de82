/** Row <-> domain. Columns carry the domain's names; what SQLite has no type for is said here. */
import type { Instance } from '../server/domain/instance.ts';
import type { Service } from '../server/domain/service.ts';
import type { instances } from './sqlite/schema.ts';

type Flag = 'disabled' | 'forcedDown' | 'live';

/** A service as the driver gives and takes it: flags are 0 and 1, and `id` is null before it has one. */
export type ServiceRow = Omit<Service, Flag | 'id'> & { readonly [flag in Flag]: number } & {
  readonly id: number | null;
};

/** An instance as drizzle gives and takes it: the compiler holds that it is the domain's own. */
export type InstanceRow = typeof instances.$inferSelect;

export function toService(row: ServiceRow): Service {
  return {
    ...row,
    id: row.id as number,
    disabled: row.disabled === 1,
    forcedDown: row.forcedDown === 1,
    live: row.live === 1,
  };
}

export function fromService(service: Service): ServiceRow {
  return {
    ...service,
    id: service.id === 0 ? null : service.id,
    disabled: Number(service.disabled),
    forcedDown: Number(service.forcedDown),
    live: Number(service.live),
  };
}

export function toInstance(row: InstanceRow): Instance {
  return row;
}

export function fromInstance(instance: Instance): InstanceRow {
  return instance;
}
