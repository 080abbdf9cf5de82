/** Pages of lists that are in memory anyway: `limit`, and `marker`, the last element of the previous page. */
import type { Context } from 'hono';
import { DomainError } from '../../domain/errors.ts';

const MAX_LIMIT = 1_000;

/** @throws DomainError `invalid` */
export function pageQuery(c: Context): { readonly limit: number; readonly marker: string | undefined } {
  const text = c.req.query('limit') ?? String(MAX_LIMIT);
  const limit = Number(text);
  if (!/^\d{1,9}$/.test(text) || limit < 1) {
    throw new DomainError(
      'invalid',
      `limit: must be a whole number from 1 (at most ${MAX_LIMIT} are returned)`,
      {
        field: 'limit',
      },
    );
  }
  return { limit: Math.min(limit, MAX_LIMIT), marker: c.req.query('marker') };
}

export interface Page<T> {
  readonly items: readonly T[];
  /** The marker of the next page; null on the last one. */
  readonly next: string | null;
}

/** @throws DomainError `invalid` if the marker is not in the list */
export function page<T>(
  list: readonly T[],
  keyOf: (item: T) => string,
  marker: string | undefined,
  limit: number,
): Page<T> {
  const at = marker === undefined ? -1 : list.findIndex((item) => keyOf(item) === marker);
  if (marker !== undefined && at < 0) {
    throw new DomainError('invalid', 'marker: is not in this list; begin again without one', {
      field: 'marker',
    });
  }
  const items = list.slice(at + 1, at + 1 + limit);
  const last = items.at(-1);
  return { items, next: last === undefined || at + 1 + limit >= list.length ? null : keyOf(last) };
}
