/** Building blocks of the published answer schemas. A test checks answers of every version against them. */
import { z } from 'zod';

export const Link = z.strictObject({
  rel: z.enum(['self', 'bookmark', 'next', 'describedby']),
  href: z.url(),
});
export const Links = z.array(Link);
/** Whole seconds with Z. */
export const IsoTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
/** UTC with microseconds and without Z. */
export const NaiveTime = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
export const Words = z.record(z.string(), z.string());
/** A UUID of any version: images get theirs elsewhere. */
export const Uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
export const Text = z.string();
export const MaybeText = z.string().nullable();
export const Count = z.int().min(0);

/** The answers of an operation, by status; null for no body. */
export type Answers = Readonly<Record<number, z.ZodType | null>>;

export const NO_BODY: Answers = { 204: null };

/** `{ [name]: schema }` with a link to the next page where there may be one. */
export function listOf(name: string, item: z.ZodType, links?: string): Answers {
  return {
    200: z.strictObject({
      [name]: z.array(item),
      ...(links === undefined ? {} : { [links]: Links.optional() }),
    }),
  };
}

export function oneOf(name: string, item: z.ZodType): Answers {
  return { 200: z.strictObject({ [name]: item }) };
}
