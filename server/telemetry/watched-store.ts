/** Measures a store from outside: how long commits take, and spans of commits and of what follows them. */
import type { Tracing } from './tracing.ts';

/** The parts of the store's port that are measured. */
interface Commits {
  updateService(...given: never[]): Promise<unknown>;
  updateInstance(...given: never[]): Promise<unknown>;
  updateDrills(...given: never[]): Promise<unknown>;
}

interface Announces<C> {
  onCommit(listener: (committed: C) => void): () => void;
}

export interface CommitWatch {
  readonly tracing: Tracing;
  /** Milliseconds. */
  readonly now: () => number;
  /** A decision is on the disk; the time includes its wait for a transaction. */
  readonly took: (seconds: number) => void;
}

export function watchCommits<S extends Commits>(store: S, { tracing, now, took }: CommitWatch): S {
  const timed =
    <A extends unknown[], R>(name: string, commit: (...given: A) => Promise<R>) =>
    (...given: A): Promise<R> =>
      tracing.span(`commit ${name}`, {}, async () => {
        const asked = now();
        const result = await commit(...given);
        took((now() - asked) / 1_000);
        return result;
      });
  return instead(store, {
    updateService: timed('service', store.updateService.bind(store)),
    updateInstance: timed('instance', store.updateInstance.bind(store)),
    updateDrills: timed('drill', store.updateDrills.bind(store)),
  });
}

/** Puts a span around everything that a listener does with a commit that has news. */
export function traceFanOut<C extends { readonly rows: readonly unknown[] }, S extends Announces<C>>(
  store: S,
  tracing: Tracing,
): S {
  return instead(store, {
    onCommit: (listener: (committed: C) => void) =>
      store.onCommit((committed) => {
        if (committed.rows.length === 0) return listener(committed);
        const attributes = { 'hostbeat.log.rows': committed.rows.length };
        tracing.span('fan-out', { attributes }, () => listener(committed));
      }),
  });
}

/**
 * The same object with some methods replaced. The others stay bound to the original, since its private fields cannot be
 * copied.
 */
function instead<S extends object>(store: S, methods: Record<string, unknown>): S {
  const whole: Record<string, unknown> = {};
  for (let level: object = store; level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Object.getOwnPropertyNames(level)) {
      const value: unknown = Reflect.get(store, name);
      whole[name] ??= typeof value === 'function' ? value.bind(store) : value;
    }
  }
  return Object.assign(whole, methods) as S;
}
