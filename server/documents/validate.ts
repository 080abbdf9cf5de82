/** Parses every outside document by its schema, or refuses it and names the field. */
import type { z } from 'zod';
import { DomainError } from '../domain/errors.ts';

/**
 * @param within where the value is in the caller's document, as `instances[3]`; put before the field's own path
 * @throws DomainError `invalid` naming the first wrong field and what is allowed there
 */
export function checked<T extends z.ZodType>(schema: T, value: unknown, within = ''): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const { issues } = result.error;
  const [issue] = issues;
  if (issue === undefined) throw new DomainError('invalid', 'The document is not valid');
  const field = pathOf(issue.path, within);
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `"${key}"`).join(', ');
    const place = field === '' ? 'The document' : field;
    const known = knownKeys(schema, issue.path);
    throw new DomainError(
      'invalid',
      `${place} has ${issue.keys.length > 1 ? 'unknown keys' : 'the unknown key'} ${keys}; ${known === '' ? 'remove it' : `known are ${known}`}`,
      { field: pathOf([...issue.path, issue.keys[0] ?? ''], within) },
    );
  }
  // A misspelt key also leaves the right one missing: the reader needs both names.
  const unknown = issues.flatMap((each) => (each.code === 'unrecognized_keys' ? each.keys : []));
  const hint =
    unknown.length === 0
      ? ''
      : `; unknown: ${unknown
          .slice(0, MOST_SHOWN)
          .map((key) => `"${key.slice(0, LONGEST_SHOWN)}"`)
          .join(', ')}`;
  const message = sentence(field === '' ? 'The document' : field, issue.message) + hint;
  throw new DomainError('invalid', message, field === '' ? {} : { field });
}

/** Of the client's own keys, an error repeats no more than this. */
const MOST_SHOWN = 5;
const LONGEST_SHOWN = 60;

/** The schema library's message for a wrong type, in our words. */
function sentence(what: string, message: string): string {
  const [, expected, received] = /^Invalid input: expected (\w+), received (\w+)$/.exec(message) ?? [];
  if (expected === undefined || received === undefined) return `${what}: ${message}`;
  if (received === 'undefined') return `${what} is missing; it must be ${withArticle(expected)}`;
  return `${what} must be ${withArticle(expected)}, not ${withArticle(received)}`;
}

const ARTICLES: Readonly<Record<string, string>> = {
  array: 'a list',
  record: 'an object',
  object: 'an object',
  int: 'a whole number',
  null: 'null',
};

function withArticle(type: string): string {
  return ARTICLES[type] ?? `a ${type}`;
}

function pathOf(path: readonly PropertyKey[], within: string): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    within,
  );
}

/** The keys that the object at `path` may have, where the schema says so. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string {
  let at: unknown = schema;
  for (const part of [...path, undefined]) {
    while (has(at, 'unwrap') && !has(at, 'shape') && !has(at, 'element')) at = (at.unwrap as () => unknown)();
    if (part === undefined) break;
    at =
      typeof part === 'number' && has(at, 'element') ? at.element : has(at, 'shape') ? shapeOf(at)[part] : 0;
  }
  return has(at, 'shape') ? Object.keys(shapeOf(at)).join(', ') : '';
}

function has<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === 'object' && value !== null && key in value;
}

function shapeOf(value: Record<'shape', unknown>): Record<PropertyKey, unknown> {
  return value.shape as Record<PropertyKey, unknown>;
}
