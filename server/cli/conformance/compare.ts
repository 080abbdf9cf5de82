import { isDeepStrictEqual } from 'node:util';
import type { Json } from './scenario.ts';

/** Whether every wanted field matches; other fields are ignored. A state is compared whole. */
export function holds(got: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return (got ?? null) === wanted;
  return Object.entries(wanted).every(([key, value]) => {
    const found = (got as Json | undefined)?.[key];
    return key === 'state' ? isDeepStrictEqual(found, value) : holds(found, value);
  });
}

/** @throws Error that names what differs */
export function same(what: string, got: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(got ?? null, wanted ?? null)) {
    throw new Error(
      `${what} is ${JSON.stringify(got ?? null)} in place of ${JSON.stringify(wanted ?? null)}`,
    );
  }
}
