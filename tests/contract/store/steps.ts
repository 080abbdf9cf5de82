/** What the promises of the store do with it, and how they read what it committed. */
import type { Change, ServiceChange } from '../../../client-sdk/protocol/items.ts';
import { COMPUTE, type Service, type ServiceKey } from '../../../server/domain/service.ts';
import { onServiceRemoved, onSwitched, type Switches } from '../../../server/domain/transition.ts';
import type { Committed } from '../../../server/ports/committed.ts';
import type { StreamName } from '../../../server/ports/log.ts';
import type { TestStore } from '../../support/store.ts';

export function key(host: string): ServiceKey {
  return { host, binary: COMPUTE };
}

export function by({ clock }: TestStore) {
  return { actor: 'test', at: clock.now() };
}

export function flip(t: TestStore, host: string, switches: Switches): Promise<Service | undefined> {
  return t.store.updateService(key(host), (current) => onSwitched(current, switches, by(t), t.rules));
}

export function remove(t: TestStore, { host, binary }: ServiceKey): Promise<Service | undefined> {
  return t.store.updateService({ host, binary }, (current) => onServiceRemoved(current, by(t)));
}

/** Collects commits from now on. */
export function listen({ store }: TestStore): Committed[] {
  const commits: Committed[] = [];
  store.onCommit((committed) => commits.push(committed));
  return commits;
}

async function itemsAfter<T>({ store }: TestStore, stream: StreamName, after: number): Promise<T[]> {
  const rows = await store.log(stream, after, Number.MAX_SAFE_INTEGER, 10_000);
  return rows.flatMap(({ items }) => JSON.parse(items) as T[]);
}

export function changes(t: TestStore, stream: `project:${string}`, after: number): Promise<Change[]> {
  return itemsAfter<Change>(t, stream, after);
}

export function serviceChanges(t: TestStore, after: number): Promise<ServiceChange[]> {
  return itemsAfter<ServiceChange>(t, 'hosts', after);
}
