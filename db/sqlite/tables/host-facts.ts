import type { Facts } from '../../../client-sdk/protocol/items.ts';
import type { Committed } from '../../../server/ports/committed.ts';
import type { ServiceTable } from './services.ts';

/**
 * Caches the facts of hosts' compute services, as committed. Every commit updates the cache before anything else
 * can read it: only this process writes, and nothing runs between a commit and this update.
 */
export class HostFacts {
  readonly #services: ServiceTable;
  readonly #known = new Map<string, Facts>();

  constructor(services: ServiceTable) {
    this.#services = services;
  }

  committed({ services, removedServices }: Committed): void {
    for (const { host } of services) this.#known.delete(host);
    for (const { host } of removedServices) this.#known.delete(host);
  }

  /** By host; a host without a compute service is left out. Not for inside a transaction. */
  of(hosts: readonly string[]): ReadonlyMap<string, Facts> {
    const unknown = hosts.filter((host) => !this.#known.has(host));
    if (unknown.length > 0) {
      for (const [host, facts] of this.#services.computeFacts(unknown)) this.#known.set(host, facts);
    }
    const found = new Map<string, Facts>();
    for (const host of hosts) {
      const facts = this.#known.get(host);
      if (facts !== undefined) found.set(host, facts);
    }
    return found;
  }
}
