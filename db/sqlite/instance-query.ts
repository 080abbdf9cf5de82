import { and, asc, desc, eq, isNotNull, isNull, type SQL } from 'drizzle-orm';
import type { HostStatusOrder } from '../../server/domain/host-status.ts';
import type { InstancePage, InstanceQuery } from '../../server/instance-query.ts';
import { toInstance } from '../rows.ts';
import type { Connection } from './connection.ts';
import { instances } from './schema.ts';

export class InstanceQueries {
  readonly #drizzle: Connection['drizzle'];

  constructor({ drizzle }: Connection, _order: HostStatusOrder) {
    this.#drizzle = drizzle;
  }

  page({ filter, limit }: InstanceQuery): InstancePage {
    const where: (SQL | undefined)[] = [
      filter.projectId === undefined ? undefined : eq(instances.projectId, filter.projectId),
      filter.host === undefined ? undefined : eq(instances.host, filter.host),
      filter.deleted === undefined
        ? undefined
        : filter.deleted
          ? isNotNull(instances.deletedAt)
          : isNull(instances.deletedAt),
    ];
    const rows = this.#drizzle
      .select()
      .from(instances)
      .where(and(...where))
      .orderBy(desc(instances.createdAt), asc(instances.id))
      .limit(limit)
      .all();
    return { instances: rows.map(toInstance), unknownMarker: false };
  }
}
