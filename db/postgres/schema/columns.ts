/** The kinds of columns there are. */
import { bigint, boolean, customType } from '../drizzle.ts';

/**
 * A text that is compared by its bytes, as SQLite does: a cluster made in another language would page in another order.
 * NULs are refused before they come here.
 */
export const text = customType<{ data: string }>({ dataType: () => 'text COLLATE "C"' });

/** JSON is kept as text: drivers and drizzle do not agree on who encodes and who parses. */
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
