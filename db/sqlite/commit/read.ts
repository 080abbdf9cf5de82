/** Runs reads of committed data, and turns the driver's errors into ours. */
import type { Logger } from '../../../server/telemetry/logger.ts';
import { type Client, isBusy, sqliteCode } from '../file/client.ts';
import { isDamage, unavailable } from '../file/driver-errors.ts';

export type Read = <T>(read: () => T | Promise<T>) => Promise<T>;

/** @param failed called with each error that concerns the whole database */
export function createRead(client: Client, logger: Logger, failed: (error: unknown) => void): Read {
  return async (read) => {
    try {
      const found = read();
      // Most results are there at once: a needless `await` would cost every caller a turn of the event loop.
      return found instanceof Promise ? await found : found;
    } catch (error) {
      if (sqliteCode(error) === undefined && client.open) throw error;
      // A problem of the whole database is logged once when it begins and once when it is over.
      if (isDamage(error) || isBusy(error)) failed(error);
      else logger.error({ err: error }, 'the database could not be read');
      throw unavailable(error);
    }
  };
}
