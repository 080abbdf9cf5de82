import type { Change, ServiceChange } from '../../../client-sdk/protocol/items.ts';
import type { Instant } from '../../../server/domain/clock.ts';
import type { Service } from '../../../server/domain/service.ts';
import { type Committed, MAX_ITEMS_PER_ROW, projectStream, type StreamName } from '../../../server/store.ts';
import type { LogTable } from '../tables/log.ts';

/** What one transaction has to tell, gathered while its decisions run. */
export class TransactionNews {
  readonly #owners = new Map<StreamName, Change[]>();
  readonly #operators: ServiceChange[] = [];
  readonly #services = new Map<number, Service>();
  readonly #removed = new Map<number, Service>();
  #items = 0;

  /** How many items there are so far, over all streams. */
  get items(): number {
    return this.#items;
  }

  written(service: Service): void {
    this.#services.set(service.id, service);
  }

  removed(service: Service): void {
    this.#services.delete(service.id);
    this.#removed.set(service.id, service);
  }

  forOwner(projectId: string, changes: readonly Change[]): void {
    const stream = projectStream(projectId);
    const list = this.#owners.get(stream);
    if (list === undefined) this.#owners.set(stream, [...changes]);
    else for (const change of changes) list.push(change);
    this.#items += changes.length;
  }

  forOperators(change: ServiceChange): void {
    this.#operators.push(change);
    this.#items += 1;
  }

  /** Writes the log: owners first, because they wait; one row for each stream unless it would grow too large. */
  seal(log: LogTable, at: Instant): Committed {
    const streams: [StreamName, readonly unknown[]][] = [...this.#owners, ['hosts', this.#operators]];
    const rows = streams.flatMap(([stream, items]) =>
      cut(items).map((part) => log.append(stream, at, JSON.stringify(part))),
    );
    return { rows, services: [...this.#services.values()], removedServices: [...this.#removed.values()] };
  }
}

function cut<T>(items: readonly T[]): (readonly T[])[] {
  const parts = [];
  for (let from = 0; from < items.length; from += MAX_ITEMS_PER_ROW) {
    parts.push(items.slice(from, from + MAX_ITEMS_PER_ROW));
  }
  return parts;
}
