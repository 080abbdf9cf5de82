import type { Committed } from '../../../server/ports/committed.ts';
import type { Store } from '../../../server/ports/store.ts';
import type { SimProcess } from './process.ts';
import type { Random } from './random.ts';

const WRITES = ['updateService', 'updateInstance', 'writeLastSeen', 'trim'];
const READS = [
  'service',
  'services',
  'computeFacts',
  'instance',
  'instances',
  'countOnHost',
  'namesOnHost',
  'bounds',
  'log',
  'projectSnapshot',
  'hostsSnapshot',
];

/**
 * What is committed can be read before it is announced, as where another process commits: some turns later, in order.
 * Only for listeners that need not run before the commit's caller goes on.
 */
function lateNews(store: Store, process: SimProcess, random: Random): Store['onCommit'] {
  return (listener) => {
    const waiting: Committed[] = [];
    const tell = () => {
      for (const committed of waiting.splice(0)) listener(committed);
    };
    return store.onCommit((committed) => {
      if (waiting.push(committed) > 1) return;
      if (random.chance(0.5)) tell();
      else if (random.chance(0.8)) process.soon(tell);
      else process.setTimer(tell, random.between(1, 8));
    });
  };
}

/**
 * A store that answers some turns of the loop later, and reads some turns later, as the port allows: between any two
 * steps of its callers everything else may happen. Writes are taken up in the order in which they were asked for.
 */
export function farStore(store: Store, process: SimProcess, random: Random, news: 'at once' | 'late'): Store {
  const turns = async () => {
    if (random.chance(0.08)) await process.sleep(random.between(1, 40));
    for (let left = random.chance(0.5) ? 0 : random.whole(1, 3); left > 0; left--) await process.nextTurn();
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === 'onCommit' && news === 'late') return lateNews(target, process, random);
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      const reads = READS.includes(name as string);
      if (!reads && !WRITES.includes(name as string)) return value.bind(target);
      return async (...given: unknown[]) => {
        if (reads) await turns();
        try {
          return await value.apply(target, given);
        } finally {
          await turns();
        }
      };
    },
  });
}
