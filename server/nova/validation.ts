/** Validates bodies against schemas, and refuses in Nova's words. */
import { z } from 'zod';
import type { Call } from './call.ts';
import { badRequest } from './faults.ts';

/** Values that an error does not repeat. */
const SECRET = new Set(['adminPass', 'user_data']);

/**
 * The body as the schema parses it. Schemas are closed; the legacy API drops unknown keys, and the blanks around a
 * name.
 * @throws DomainError `invalid`: "Invalid input for field/attribute …"
 */
export function validBody<T>(schema: z.ZodType<T>, { body, legacy }: Pick<Call, 'body' | 'legacy'>): T {
  const given = body ?? null;
  const input = legacy ? withTrimmedNames(given) : given;
  const first = schema.safeParse(input);
  if (first.success) return first.data;
  if (!legacy) throw badRequest(explain(first.error, input));
  const known = schema.safeParse(withoutUnknown(input, first.error));
  if (!known.success) throw badRequest(explain(known.error, input));
  return known.data;
}

const NAMES = ['name', 'availability_zone', 'key_name'];

/** The legacy API accepts names with blanks around them, and drops the blanks. */
function withTrimmedNames(input: unknown): unknown {
  if (!isObject(input)) return input;
  const trimmed = ([key, value]: [string, unknown]) =>
    NAMES.includes(key) && typeof value === 'string' ? [key, value.trim()] : [key, value];
  const inner = ([key, value]: [string, unknown]) =>
    isObject(value) ? [key, Object.fromEntries(Object.entries(value).map(trimmed))] : [key, value];
  return Object.fromEntries(Object.entries(input).map(inner));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function explain(error: z.ZodError, input: unknown): string {
  const issue = error.issues[0];
  if (issue === undefined) return 'Invalid input.';
  const message =
    issue.code === 'unrecognized_keys'
      ? `Additional properties are not allowed (${issue.keys.map((key) => `'${key}'`).join(', ')} unexpected)`
      : issue.message;
  const name = issue.path.at(-1);
  if (name === undefined) return `Invalid input: ${message}`;
  const value = SECRET.has(String(name)) ? '(hidden)' : shown(valueAt(input, issue.path));
  return `Invalid input for field/attribute ${String(name)}. Value: ${value}. ${message}`;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value, (key, inner) => (SECRET.has(key) ? '(hidden)' : inner)) ?? 'None';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

function withoutUnknown(input: unknown, error: z.ZodError): unknown {
  const copy: unknown = structuredClone(input);
  for (const issue of error.issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    const holder = valueAt(copy, issue.path);
    if (typeof holder !== 'object' || holder === null) continue;
    for (const key of issue.keys) delete (holder as Record<string, unknown>)[key];
  }
  return copy;
}

/** A closed object whose keys depend on the version, which the schema's own type cannot express. */
export function closed<T>(fields: Readonly<Record<string, z.ZodType>>): z.ZodType<T> {
  return z.strictObject(fields) as unknown as z.ZodType<T>;
}

/** Text of a length counted in characters, not in UTF-16 units. */
export function text(min: number, max: number) {
  return z
    .string()
    .refine((value) => [...value].length >= min, {
      message: min === 1 ? 'It is too short' : `It is shorter than ${min}`,
    })
    .refine((value) => [...value].length <= max, { message: `It is longer than ${max} characters` });
}

const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;

/** A name: printable, from the basic plane, no blanks at its ends (Nova). */
export const Name = text(1, 255).refine(
  (value) => PRINTABLE.test(value) && value === value.trim() && [...value].length === value.length,
  { message: 'It must be printable characters and can not start or end with whitespace' },
);

export const Description = text(0, 255)
  .refine((value) => PRINTABLE.test(value) && [...value].length === value.length, {
    message: 'It must be printable characters',
  })
  .nullable();

/** The host name of a service: real systems use underscores. */
export const HostName = text(1, 255).regex(/^[a-zA-Z0-9\-._]*$/, {
  message: 'It may hold letters, digits, "-", "." and "_" only',
});

const TRUE = ['True', 'TRUE', 'true', '1', 'ON', 'On', 'on', 'YES', 'Yes', 'yes'] as const;
const FALSE = ['False', 'FALSE', 'false', '0', 'OFF', 'Off', 'off', 'NO', 'No', 'no'] as const;

/** A boolean, or one of the texts that Nova takes for one; a number is not one. */
export const BooleanLike = z
  .union([z.boolean(), z.enum(TRUE), z.enum(FALSE)], {
    message: `It must be a boolean or one of ${[...TRUE, ...FALSE].join(', ')}`,
  })
  .transform((value) => value === true || (TRUE as readonly unknown[]).includes(value));

/** As Python parses an integer: with a sign and blanks around it. */
export function isInteger(value: string): boolean {
  return /^\s*[+-]?\d+\s*$/.test(value);
}

/** As oslo parses it: with braces, with `urn:uuid:` before it, and with dashes anywhere or nowhere. */
export function isUuidLike(value: string): boolean {
  const bare = value
    .replace('urn:', '')
    .replace('uuid:', '')
    .replace(/^[{}]+|[{}]+$/g, '');
  return /^[0-9a-f]{32}$/i.test(bare.replaceAll('-', ''));
}

/** Ids are stored in lower case with dashes. Other texts stay as they are, and match nothing. */
export function canonicalId(id: string): string {
  return id.toLowerCase();
}

/** A boolean in a query, by oslo's strict reading: undefined for any other text. */
export function queryBoolean(value: string): boolean | undefined {
  const word = value.trim().toLowerCase();
  if (['1', 't', 'true', 'on', 'y', 'yes'].includes(word)) return true;
  if (['0', 'f', 'false', 'off', 'n', 'no'].includes(word)) return false;
  return undefined;
}
