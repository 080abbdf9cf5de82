/**
 * Reads a seed document piece by piece, so that a large one delays no other request: neither its text nor its check is
 * one step.
 */
import type { z } from 'zod';
import { checked } from '../documents/validate.ts';
import { DomainError } from '../domain/errors.ts';
import { fieldWithNul, nulProblem } from '../domain/nul.ts';
import { type Steps, timeSlices } from '../limits/time-slices.ts';
import { consistency, type ListName, SEED_LISTS, SeedDocument } from './document.ts';
import { type JsonPiece, JsonSplitter } from './json-splitter.ts';

/** Most bytes of one project, user, flavor, service or server. */
export const LONGEST_PIECE = 1 << 20;
/** Checked in one step, which takes some tenths of a millisecond. */
const CHECKED_AT_ONCE = 8;

export interface ReadingOptions {
  /** The caller that the work is counted for. */
  readonly key?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws DomainError `invalid` naming the place and the fix; a document with an error is never loaded in part
 */
export async function readSeed(
  body: AsyncIterable<Uint8Array>,
  { signal, key }: ReadingOptions = {},
): Promise<SeedDocument> {
  const reading = new Reading();
  for await (const chunk of body) await timeSlices.run(() => reading.take(chunk), signal, key);
  return timeSlices.run(() => reading.finish(), signal, key);
}

/** The same for a text, in one step. @throws DomainError as `readSeed` */
export function parseSeed(text: string): SeedDocument {
  const reading = new Reading();
  for (const _ of reading.take(Buffer.from(text)));
  const ending = reading.finish();
  for (;;) {
    const { done, value } = ending.next();
    if (done) return value as SeedDocument;
  }
}

class Reading {
  readonly #splitter = new JsonSplitter(LONGEST_PIECE);
  readonly #document: Record<string, unknown> = checked(SeedDocument, {});

  *take(chunk: Uint8Array): Steps<void> {
    let count = 0;
    const pieces = this.#splitter.push(chunk);
    for (;;) {
      const { done, value } = unlessBroken(() => pieces.next());
      if (done) return;
      this.#put(value);
      if (++count % CHECKED_AT_ONCE === 0) yield undefined;
    }
  }

  *finish(): Steps<SeedDocument> {
    unlessBroken(() => this.#splitter.end());
    const document = this.#document as SeedDocument;
    yield* consistency(document);
    return document;
  }

  #put({ key, index, text }: JsonPiece): void {
    if (!Object.hasOwn(SeedDocument.shape, key)) checked(SeedDocument, Object.fromEntries([[key, null]]));
    const list = SEED_LISTS[key as ListName] as z.ZodType | undefined;
    if (text === undefined) {
      // A member that should not be a list is refused by its first element; an empty list passes and is dropped.
      this.#document[key] = list === undefined ? checked(SeedDocument, { [key]: [] }) : [];
      return;
    }
    const field = index === undefined ? key : `${key}[${index}]`;
    const value = parsed(text, field);
    if (index === undefined || list === undefined) {
      Object.assign(this.#document, pick(checked(SeedDocument, { [key]: value }), key));
      return;
    }
    (this.#document[key] as unknown[]).push(checked(list, value, field));
  }
}

function pick(document: SeedDocument, key: string): object {
  return { [key]: document[key as keyof SeedDocument] };
}

function parsed(text: string, field: string): unknown {
  const value = unlessBroken(() => JSON.parse(text) as unknown, field);
  // A cheap text search first, because the escape is rare.
  const nul = text.includes('\\u0000') ? fieldWithNul(value, field) : undefined;
  if (nul !== undefined) throw new DomainError('invalid', nulProblem(nul), { field: nul });
  return value;
}

/** @throws DomainError for text that is not JSON, or too large */
function unlessBroken<T>(read: () => T, field?: string): T {
  try {
    return read();
  } catch (cause) {
    const where = field === undefined ? '' : `${field}: `;
    if (cause instanceof SyntaxError)
      throw new DomainError('invalid', `The document is not JSON: ${where}${cause.message}`, { cause });
    if (cause instanceof RangeError)
      throw new DomainError('invalid', `The document cannot be read: ${cause.message}`, { cause });
    throw cause;
  }
}
