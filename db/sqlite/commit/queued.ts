/**
 * Makes an asynchronous port of synchronous tables. What writes waits in the commit queue: it shares a transaction and
 * one disk sync with everything else of its turn, and no report waits behind a sync of its own.
 */
import { DomainError } from '../../../server/domain/errors.ts';
import { sqliteCode } from '../file/client.ts';
import type { Read } from './read.ts';

/** How the store reads and writes: through its commit queue, and with its errors. */
export interface Access {
  write<T>(work: () => T): Promise<T>;
  readonly read: Read;
}

/** The methods of a port, answered at once. */
export type Synchronous<P> = {
  readonly [name in keyof P]: P[name] extends (...given: infer Given) => Promise<infer Result>
    ? (...given: Given) => Result
    : never;
};

/** What each method of a port does to the database. */
export type Methods<P> = { readonly [name in keyof P]: keyof Access };

export function queued<P extends object>(tables: Synchronous<P>, methods: Methods<P>, access: Access): P {
  const port: Record<string, (...given: unknown[]) => Promise<unknown>> = {};
  const called = tables as unknown as Record<string, (...given: unknown[]) => unknown>;
  for (const [name, kind] of Object.entries<keyof Access>(methods)) {
    const run = (given: unknown[]) => () => withDriversError(() => called[name]?.(...given));
    port[name] =
      kind === 'write' ? (...given) => access.write(run(given)) : (...given) => access.read(run(given));
  }
  return port as P;
}

/** drizzle hands the driver's error on as the cause of its own; the queue must see which error it is. */
function withDriversError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { cause } = error as Error;
    // A name that is taken was recognised before this, and has the driver's error as its cause.
    const isOurs = error instanceof DomainError || sqliteCode(cause) === undefined;
    throw isOurs ? error : cause;
  }
}
