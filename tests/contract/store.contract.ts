/** What `server/ports/store.ts` promises, asked of any adapter; the promises are in `store/`, by subject. */
import { suite } from 'uvu';
import { FakeClock } from '../support/clock.ts';
import { commitsContract } from './store/commits.contract.ts';
import { decisionsContract } from './store/decisions.contract.ts';
import { forgettingContract } from './store/forgetting.contract.ts';
import { logContract } from './store/log.contract.ts';
import { newsContract } from './store/news.contract.ts';
import type { OpenStore, StorePromise } from './store/promise.ts';
import { reopeningContract } from './store/reopening.contract.ts';
import { serversContract } from './store/servers.contract.ts';
import { servicesContract } from './store/services.contract.ts';
import { snapshotsContract } from './store/snapshots.contract.ts';

const subjects = [
  servicesContract,
  serversContract,
  decisionsContract,
  commitsContract,
  logContract,
  newsContract,
  snapshotsContract,
  forgettingContract,
  reopeningContract,
];

export function storeContract(name: string, open: OpenStore): void {
  const test = suite(`store: ${name}`);
  const promise: StorePromise = (text, check) =>
    test(text, async () => {
      const clock = new FakeClock();
      const t = await open(clock);
      try {
        await check(t, clock, open);
      } finally {
        await t.close();
      }
    });
  for (const subject of subjects) subject(promise);
  test.run();
}
