import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { Recorder } from '../audit/recorder.ts';
import { checked } from '../documents/validate.ts';
import { type Duration, rfc3339 } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import { isAdmin } from '../identity/identity.ts';
import type { Env } from '../identity/middleware.ts';
import type { CursorKeyAnswer, CursorKeyList } from './answers/cursor-keys.ts';
import { readJson } from './request/body.ts';

const MAX_BODY = 1_024;
const MOST_SECONDS = 366 * 24 * 3_600;
const SECONDS = `must be a number of seconds from 0 to ${MOST_SECONDS}`;

export const RotateCursorKeyBody = z.strictObject({
  accept_earlier_seconds: z
    .number({ error: SECONDS })
    .min(0, SECONDS)
    .max(MOST_SECONDS, SECONDS)
    .optional()
    .describe('How long cursors of earlier keys are accepted; by default as long as the log is kept.'),
});

interface OpeningKey {
  readonly id: number;
  readonly createdAt: number | null;
  readonly until: number;
}

export interface CursorKeysContext {
  readonly keys: {
    readonly all: readonly OpeningKey[];
    now(): number;
    rotate(acceptFor: Duration): Promise<OpeningKey>;
  };
  readonly record: Recorder;
  /** The default, where the body has no value. */
  readonly acceptFor: Duration;
}

/** `/cursor-keys`: the keys that seal cursors, never their values; for administrators. */
export function createCursorKeys({ keys, record, acceptFor }: CursorKeysContext): Hono<Env> {
  const app = new Hono<Env>();
  const list = (): readonly CursorKeyAnswer[] =>
    keys.all.map((key, n) => representation(key, n === 0, keys.now()));

  app.get('/cursor-keys', (c) => {
    demandAdmin(c);
    return c.json({ cursor_keys: [...list()] } satisfies CursorKeyList, 200, { 'Cache-Control': 'no-store' });
  });

  app.post('/cursor-keys', async (c) => {
    demandAdmin(c);
    const body = checked(RotateCursorKeyBody, await readJson(c.req.raw, MAX_BODY));
    const { accept_earlier_seconds: seconds = acceptFor / 1_000 } = body;
    const { id } = await keys.rotate(Math.round(seconds * 1_000));
    await record(c.req.raw, c.var.identity.userId, {
      action: 'cursor_key.rotate',
      subject: `cursor-key:${id}`,
      changes: { accept_earlier_seconds: [null, seconds] },
    });
    return c.json({ cursor_keys: [...list()] } satisfies CursorKeyList, 201);
  });
  return app;
}

function demandAdmin(c: Context<Env>): void {
  if (!isAdmin(c.var.identity))
    throw new DomainError('forbidden', 'The keys of cursors are for role admin only');
}

function representation(
  { id, createdAt, until }: OpeningKey,
  isNewest: boolean,
  now: number,
): CursorKeyAnswer {
  return {
    id,
    state: isNewest ? 'sealing' : until > now ? 'accepted' : 'expired',
    created_at: createdAt === null ? null : rfc3339(createdAt),
    accepted_until: Number.isFinite(until) ? rfc3339(until) : null,
  };
}
