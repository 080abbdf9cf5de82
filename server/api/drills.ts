import { Hono } from 'hono';
import { z } from 'zod';
import { ServerId } from '../documents/schemas.ts';
import { checked } from '../documents/validate.ts';
import { rfc3339 } from '../domain/clock.ts';
import { DRILL_STATUSES, type Drill, LONGEST_DRILL, MOST_DRILLED_SERVERS } from '../domain/drill.ts';
import type { Drills } from '../drills/drills.ts';
import type { Env } from '../identity/middleware.ts';
import type { Drill as DrillAnswer } from './answers/drills.ts';
import { readJson } from './request/body.ts';
import { page, pageQuery } from './request/page.ts';

const MAX_BODY = 128 * 1024;
const MOST_SECONDS = LONGEST_DRILL / 1_000;
const FEWEST_SECONDS = 0.1;

const SECONDS = `must be a number of seconds from ${FEWEST_SECONDS} to ${MOST_SECONDS}`;

export const DrillBody = z.strictObject({
  servers: z
    .array(ServerId)
    .min(1, 'must name a server')
    .max(MOST_DRILLED_SERVERS, `must name at most ${MOST_DRILLED_SERVERS} servers`),
  status: z.enum(DRILL_STATUSES, { error: `must be one of ${DRILL_STATUSES.join(', ')}` }),
  seconds: z.number({ error: SECONDS }).min(FEWEST_SECONDS, SECONDS).max(MOST_SECONDS, SECONDS),
});

/** `/drills`: rehearsals, which only the stream and its webhooks show. */
export function createDrills(
  drills: Drills,
  clientAddress: (request: Request) => string | undefined = () => undefined,
): Hono<Env> {
  const app = new Hono<Env>();

  app.post('/drills', async (c) => {
    const { identity } = c.var;
    drills.demand(identity);
    const { servers, status, seconds } = checked(DrillBody, await readJson(c.req.raw, MAX_BODY));
    const wish = { servers: [...new Set(servers)], status, duration: Math.round(seconds * 1_000) };
    return c.json(representation(await drills.start(wish, identity, clientAddress(c.req.raw))), 201);
  });

  app.get('/drills', async (c) => {
    const { limit, marker } = pageQuery(c);
    const { items, next } = page(await drills.list(c.var.identity), ({ id }) => id, marker, limit);
    return c.json({ drills: items.map(representation), next }, 200, { 'Cache-Control': 'no-store' });
  });

  app.delete('/drills/:id', async (c) => {
    await drills.end(c.req.param('id'), c.var.identity, clientAddress(c.req.raw));
    return c.body(null, 204);
  });
  return app;
}

function representation(drill: Drill): DrillAnswer {
  return {
    id: drill.id,
    project_id: drill.projectId,
    servers: drill.servers,
    status: drill.status,
    started_by: drill.userId,
    started_at: rfc3339(drill.startedAt),
    until: rfc3339(drill.endsAt),
  };
}
