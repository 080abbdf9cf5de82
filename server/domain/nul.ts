/**
 * U+0000 is a character of JSON and of URLs, and no text that PostgreSQL can keep. It is refused wherever a text comes
 * in, whatever the database, so that the answer does not depend on where state is kept.
 */
import { DomainError } from './errors.ts';

const NUL = '\u0000';

/** Why a text with U+0000 is refused, and what to do. */
export function nulProblem(where: string): string {
  return `${where} holds the character U+0000, which no text may; leave it out`;
}

/**
 * @param json a text that is JSON; a U+0000 can only stand in it as an escape
 * @throws DomainError `invalid`, naming the field
 */
export function refuseNul(json: string, value: unknown): void {
  // Seldom: the search of a text costs next to nothing, and a backslash before the escape makes it something else.
  if (!json.includes('\\u0000')) return;
  const field = fieldWithNul(value);
  if (field === undefined) return;
  const name = field === '' ? 'The document' : field;
  throw new DomainError('invalid', nulProblem(name), field === '' ? {} : { field });
}

/**
 * For an adapter, before it writes a row: the last place at which it can be found.
 * @throws DomainError `invalid`, naming the field
 */
export function refuseNulIn(row: object, name: string): void {
  const field = fieldWithNul(row);
  if (field !== undefined) throw new DomainError('invalid', nulProblem(`${name}.${field}`), { field });
}

/** Does a URL's path or query hold it? */
export function urlHoldsNul(url: string): boolean {
  return url.includes('%00');
}

/** Path of the first text, or key, with U+0000; '' for the value itself. */
export function fieldWithNul(value: unknown, path = ''): string | undefined {
  if (typeof value === 'string') return value.includes(NUL) ? path : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, each] of Object.entries(value)) {
    if (key.includes(NUL)) return path;
    const within = Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
    const found = fieldWithNul(each, within);
    if (found !== undefined) return found;
  }
  return undefined;
}
