import { DomainError } from '../../../server/domain/errors.ts';
import { sqliteCode } from '../file/client.ts';
import { unavailable } from '../file/driver-errors.ts';

/**
 * Wraps an object so that driver errors from its methods become `unavailable`: for tables written one statement at
 * a time, outside the commit queue. All of its methods must be asynchronous. @param failed called with each such
 * error
 */
export function guarded<T extends object>(tables: T, failed: (error: unknown) => void): T {
  return new Proxy(tables, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return async (...given: unknown[]) => {
        try {
          return await value.apply(target, given);
        } catch (error) {
          // A name conflict was recognised before this and keeps the driver's error as its cause.
          const own = error instanceof DomainError ? undefined : driversOwn(error);
          if (own === undefined) throw error;
          failed(own);
          throw unavailable(own);
        }
      };
    },
  });
}

/** drizzle hands the driver's error on as the cause of its own. */
function driversOwn(error: unknown): unknown {
  return [error, (error as Error | undefined)?.cause].find((each) => sqliteCode(each) !== undefined);
}
