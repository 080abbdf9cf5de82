import type { Change, ServiceChange } from '../client-sdk/protocol/items.ts';
import type { Service } from '../server/domain/service.ts';
import { isSeenUnknownOnly } from '../server/domain/unknown-only.ts';
import type { Committed } from '../server/ports/committed.ts';
import { type LogRow, MAX_ITEMS_PER_ROW, projectStream, type StreamName } from '../server/ports/log.ts';

/** A row of the log before its stream gave it a number. */
export interface UnnumberedRow extends Pick<LogRow, 'stream' | 'items'> {
  /** Owners under the policy `unknown-only` see something of it: it has a number there too. */
  readonly isSeenUnknownOnly: boolean;
}

/** The changes of one transaction, gathered while its decisions run. */
export class TransactionNews {
  readonly #owners = new Map<StreamName, Change[]>();
  readonly #operators: ServiceChange[] = [];
  readonly #services = new Map<number, Service>();
  readonly #removed = new Map<number, Service>();
  #items = 0;

  /** Number of items so far, over all streams. */
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

  /** The final rows of the log: owners first, because they wait; one for each stream unless it would grow too large. */
  rows(): UnnumberedRow[] {
    const streams: [StreamName, readonly (Change | ServiceChange)[]][] = [
      ...this.#owners,
      ['hosts', this.#operators],
    ];
    return streams.flatMap(([stream, items]) =>
      cut(items).map((part) => ({
        stream,
        items: JSON.stringify(part),
        isSeenUnknownOnly: part.some(isSeenUnknownOnly),
      })),
    );
  }

  /** The services that were written and removed, for listeners that cache them. */
  services(): Pick<Committed, 'services' | 'removedServices'> {
    return { services: [...this.#services.values()], removedServices: [...this.#removed.values()] };
  }
}

function cut<T>(items: readonly T[]): (readonly T[])[] {
  const parts = [];
  for (let from = 0; from < items.length; from += MAX_ITEMS_PER_ROW) {
    parts.push(items.slice(from, from + MAX_ITEMS_PER_ROW));
  }
  return parts;
}
