/** Work that already waits in the database's queue when an endpoint adds its own. */
import type { Service } from '../../server/domain/service.ts';
import { onDeclared } from '../../server/domain/transition.ts';
import type { Store } from '../../server/ports/store.ts';
import type { TestStore } from './store.ts';

/**
 * The next change of a service finds a change of each of these hosts before it in the queue.
 * @returns the hosts of each transaction from then on
 */
export function queueBeforeNext(test: TestStore, hosts: readonly string[]): readonly string[][] {
  const { store, clock, rules } = test;
  const { updateService } = Object.getPrototypeOf(store) as Store;
  const by = { actor: 'test', at: clock.now() };
  const transactions: string[][] = [];
  store.updateService = function (this: Store, ...given) {
    Reflect.deleteProperty(this, 'updateService');
    this.onCommit(({ services }) => transactions.push(services.map(({ host }) => host)));
    for (const host of hosts) {
      void updateService.call(this, { host, binary: 'nova-compute' }, (current) =>
        onDeclared(current, { ...(current as Service), disabled: true }, by, rules),
      );
    }
    return updateService.apply(this, given);
  };
  return transactions;
}
