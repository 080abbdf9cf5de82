/** The kinds of columns. */
import { bigint, boolean, customType } from '../drizzle.ts';

/**
 * A text compared by its bytes, as in SQLite: a cluster with another collation would page in another order.
 * NUL is refused before it comes here.
 */
export const text = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });

/** JSON is stored as text: drivers and drizzle disagree on which of them encodes and parses. */
export const json = <T>(name: string) =>
  customType<{ data: T; driverData: string }>({
    dataType: () => 'text',
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (value) => JSON.parse(value) as T,
  })(name);

export const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' });

export const flag = (name: string) => boolean(name);

/** Times, numbers of rows and places in the log: all below 2^53. */
export const long = (name: string) => bigint(name, { mode: 'number' });
