import type { FakeClock } from '../../support/clock.ts';
import type { TestStore } from '../../support/store.ts';

/** Gives a new, empty store each time. */
export type OpenStore = (clock: FakeClock) => Promise<TestStore>;

/** One thing that every store keeps: it is tried on a store of its own, which is closed afterwards. */
export type StorePromise = (
  text: string,
  check: (t: TestStore, clock: FakeClock, open: OpenStore) => Promise<void>,
) => void;
