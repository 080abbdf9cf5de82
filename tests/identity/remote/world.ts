/** An authenticator whose users are elsewhere, on a clock and timers of the test's own. */
import type { Duration } from '../../../server/domain/clock.ts';
import { createEmbeddedIdentity } from '../../../server/identity/embedded/create-embedded.ts';
import type { IssuedSecrets } from '../../../server/identity/embedded/issued-secrets.ts';
import { RemoteAuthenticator } from '../../../server/identity/remote/remote-authenticator.ts';
import type { Verifier } from '../../../server/identity/remote/verifier.ts';
import { FakeClock } from '../../support/clock.ts';
import { ManualTimers } from '../../support/manual-timers.ts';
import { openTestStore } from '../../support/store.ts';
import { CHEAP } from '../world.ts';

export const CACHE_MS: Duration = 300_000;

export interface RemoteWorld {
  readonly clock: FakeClock;
  readonly timers: ManualTimers;
  readonly authenticator: RemoteAuthenticator;
  readonly issued: IssuedSecrets;
  /** What was logged. */
  readonly log: string[];
  /** Lets the bound pass in the steps in which the authenticator looks, each to its end. */
  bound(): Promise<void>;
  close(): Promise<void>;
}

export type Log = Record<'info' | 'warn' | 'error', (what: unknown, text?: string) => void>;

export async function openRemoteWorld(
  make: (clock: FakeClock, logger: Log) => Promise<Verifier>,
  options: { readonly cacheSize?: number } = {},
): Promise<RemoteWorld> {
  const clock = new FakeClock();
  const timers = new ManualTimers(clock);
  const store = await openTestStore({ clock });
  const log: string[] = [];
  const write = (what: unknown, text?: string) => void log.push(text ?? String(what));
  const logger = { info: write, warn: write, error: write };
  const own = createEmbeddedIdentity({
    accounts: store.accounts,
    clock,
    tokenLifetime: 3_600_000,
    cost: CHEAP,
  });
  const authenticator = new RemoteAuthenticator({
    verifier: await make(clock, logger),
    agents: own.authenticator,
    revocations: own.revocations,
    clock,
    logger,
    setTimer: timers.setTimer,
    cacheTime: CACHE_MS,
    cacheSize: options.cacheSize ?? 1_000,
  });
  return {
    clock,
    timers,
    authenticator,
    issued: own.issued,
    log,
    async bound() {
      for (let step = 0; step < 8; step++) {
        timers.advance(CACHE_MS / 8);
        // The round has begun and sets its next timer when it is over: that is when time may pass again.
        while (timers.waiting === 0) await new Promise((then) => setImmediate(then));
      }
    },
    async close() {
      authenticator.close();
      await store.close();
    },
  };
}
