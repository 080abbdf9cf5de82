/** Liveness on a real store and on time that a test holds in its hand. */
import { randomUUID } from 'node:crypto';
import type { ServiceChange } from '../../client-sdk/protocol/items.ts';
import { DomainError } from '../../server/domain/errors.ts';
import type { Identity } from '../../server/identity/identity.ts';
import { createLiveness, type Liveness } from '../../server/liveness/liveness.ts';
import type { WitnessProbe } from '../../server/liveness/observer/witness.ts';
import type { LivenessConfig } from '../../server/liveness/options.ts';
import type { ServiceDecide, Store } from '../../server/ports/store.ts';
import { noLogger } from '../../server/telemetry/logger.ts';
import type { Timers } from '../../server/timers.ts';
import { FakeClock } from '../support/clock.ts';
import { refuseOverflow } from '../support/manual-timers.ts';
import { openTestStore, type TestStore } from '../support/store.ts';

export const CONFIG: LivenessConfig = {
  reportInterval: 1_000,
  serviceDownTime: 6_000,
  reconnectWindow: 2_000,
};
const TICK = 25;

export const OPERATOR: Identity = {
  kind: 'user',
  userId: 'u1',
  userName: 'nova',
  userDomainId: 'default',
  projectId: 'p-admin',
  projectName: 'admin',
  roles: ['service'],
  expiresAt: null,
  hosts: [],
};

export function agentFor(...hosts: string[]): Identity {
  return { ...OPERATOR, kind: 'agent', userId: `agent-${hosts[0]}`, roles: [], projectId: null, hosts };
}

/** Timers that fire when the clock in the test's hand has passed them. */
export class FakeTimers implements Timers {
  readonly #clock: FakeClock;
  #waiting = new Map<number, { readonly at: number; readonly then: () => void }>();
  #count = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  setTimer(then: () => void, after: number): () => void {
    refuseOverflow(after);
    const id = this.#count++;
    this.#waiting.set(id, { at: this.#clock.monotonic() + after, then });
    return () => this.#waiting.delete(id);
  }

  nextTurn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  fire(): void {
    for (const [id, { at, then }] of [...this.#waiting]) {
      if (at > this.#clock.monotonic() || !this.#waiting.delete(id)) continue;
      then();
    }
  }

  get waiting(): number {
    return this.#waiting.size;
  }
}

export interface Watched {
  readonly test: TestStore;
  readonly clock: FakeClock;
  readonly timers: FakeTimers;
  readonly liveness: Liveness;
  /** What operators received, in order. */
  readonly sent: ServiceChange[];
  /** How often the store was asked for something. */
  readonly asked: { updates: number; lastSeen: number };
  /** The store's writes fail from now on, or no more. */
  failing: boolean;
  /** Why connections are lost from now on, if they are. */
  lost: string | undefined;
  /** Called with what is committed, before liveness knows of it. */
  committed: ((changes: readonly ServiceChange[]) => void) | undefined;
  /** Stands in for decisions on services from now on. */
  around: ((decide: ServiceDecide) => ServiceDecide) | undefined;
  /** Both clocks run, in ticks, and everything that is due happens. */
  pass(ms: number): Promise<void>;
  /** The process is stopped: both clocks run and nothing happens. */
  stopped(ms: number): void;
  report(...hosts: string[]): Promise<void>;
  /** The process ends without a word and starts again on the same database. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function watched(
  config: Partial<LivenessConfig> = {},
  caughtUp?: () => Promise<void>,
  witness?: WitnessProbe,
): Promise<Watched> {
  const clock = new FakeClock();
  const test = await openTestStore({ clock });
  const sent: ServiceChange[] = [];
  const asked = { updates: 0, lastSeen: 0 };
  test.store.onCommit(({ rows }) => {
    for (const row of rows) {
      if (row.stream !== 'hosts') continue;
      const changes = JSON.parse(row.items) as ServiceChange[];
      sent.push(...changes);
      self.committed?.(changes);
    }
  });
  let timers = new FakeTimers(clock);
  let liveness: Liveness;
  const self = {
    test,
    clock,
    get timers() {
      return timers;
    },
    get liveness() {
      return liveness;
    },
    sent,
    asked,
    failing: false,
    lost: undefined as string | undefined,
    committed: undefined as Watched['committed'],
    around: undefined as Watched['around'],
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += TICK) {
        clock.advance(Math.min(TICK, ms - passed));
        timers.fire();
        await settled();
      }
    },
    stopped: (ms: number) => clock.advance(ms),
    async report(...hosts: string[]) {
      await liveness.accept(
        hosts.map((host) => ({ host })),
        OPERATOR,
      );
    },
    async restart() {
      timers = new FakeTimers(clock);
      liveness = create();
      await liveness.start();
    },
    async close() {
      await liveness.close();
      await test.close();
    },
  };
  const create = () =>
    createLiveness({
      explanations: test.explanations,
      store: watchedStore(test.store, self),
      clock,
      rules: test.rules,
      config: { ...CONFIG, ...config },
      logger: noLogger,
      uuid: randomUUID,
      timers,
      ...(caughtUp === undefined ? {} : { caughtUp }),
      ...(witness === undefined ? {} : { witness }),
      receiving: () => self.lost,
    });
  liveness = create();
  await liveness.start();
  return self;
}

/** The look, the turn after it, the commit, and what follows from it. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function watchedStore(store: Store, self: Pick<Watched, 'asked' | 'failing' | 'around'>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        if (name === 'updateService') {
          self.asked.updates++;
          if (self.around !== undefined) given[1] = self.around(given[1] as ServiceDecide);
        }
        if (name === 'writeLastSeen') self.asked.lastSeen++;
        if (self.failing && (name === 'updateService' || name === 'writeLastSeen')) {
          return Promise.reject(new DomainError('unavailable', 'The disk is full'));
        }
        return (value as (...given: unknown[]) => unknown).apply(target, given);
      };
    },
  });
}
