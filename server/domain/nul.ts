/**
 * U+0000 is valid in JSON and URLs, but PostgreSQL cannot store it. It is refused in every text that comes in, so that
 * the answer does not depend on the database engine.
 */
import { DomainError } from './errors.ts';

const NUL = '\u0000';

/** Why a text with U+0000 is refused, and what to do. */
export function nulProblem(where: string): string {
  return `${where} contains the character U+0000, which is not allowed; remove it`;
}

/** @param json JSON text, in which U+0000 can only be an escape @throws DomainError `invalid`, naming the field */
export function refuseNul(json: string, value: unknown): void {
  // A cheap text search first: the escape is rare, and a backslash before it gives it another meaning.
  if (!json.includes('\\u0000')) return;
  const field = fieldWithNul(value);
  if (field === undefined) return;
  const name = field === '' ? 'The document' : field;
  throw new DomainError('invalid', nulProblem(name), field === '' ? {} : { field });
}

/** The last check, by an adapter before it writes a row. @throws DomainError `invalid`, naming the field */
export function refuseNulIn(row: object, name: string): void {
  const field = fieldWithNul(row);
  if (field !== undefined) throw new DomainError('invalid', nulProblem(`${name}.${field}`), { field });
}

/** Does a URL's path or query contain it? */
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
