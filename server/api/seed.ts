import { type Context, Hono } from 'hono';
import { DomainError } from '../domain/errors.ts';
import { isAdmin } from '../identity/identity.ts';
import type { Env } from '../identity/middleware.ts';
import { boundedBody } from './request/body.ts';
import { createsMissing } from './request/create-missing.ts';

const MAX_BODY = 64 * 1024 * 1024;

/** Loads a seed document on behalf of `actor` and returns what it did. `server/seed` implements it; it is passed in. */
export type Seeding = (
  body: AsyncIterable<Uint8Array>,
  actor: string,
  options: { readonly createMissing: boolean; readonly signal: AbortSignal },
) => Promise<object>;

/** `POST /seed[?create_missing=true]`: a seed document into a running server. */
export function createSeed(
  apply: Seeding,
  recorded: (c: Context<Env>, applied: object) => Promise<void> = async () => {},
): Hono<Env> {
  return new Hono<Env>().post('/seed', async (c) => {
    const { identity } = c.var;
    if (!isAdmin(identity)) throw new DomainError('forbidden', 'This needs the role "admin"');
    const createMissing = createsMissing(c);
    const { signal } = c.req.raw;
    const body = boundedBody(c.req.raw, MAX_BODY);
    const applied = await apply(body, identity.userId, { createMissing, signal });
    await recorded(c, applied);
    return c.json(applied);
  });
}
