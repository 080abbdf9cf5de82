import { Hono } from 'hono';
import { MAX_REPORTS, ReportsBody } from '../../client-sdk/protocol/agent.ts';
import { DomainError } from '../domain/errors.ts';
import type { Env } from '../identity/middleware.ts';
import { mayReportAtAll } from '../liveness/agent-session.ts';
import type { Liveness } from '../liveness/liveness.ts';
import { readJson } from './body.ts';
import { checked } from './checked.ts';
import { TooLarge, TooMany } from './errors.ts';

/** Room for MAX_REPORTS of the longest names there may be. */
const MAX_BODY = 8 * 1024 * 1024;

/** `POST /reports`: heartbeats of agents that prefer plain HTTP, one or many at once. */
export function createReports(
  liveness: Pick<Liveness, 'accept' | 'admit'>,
  clientAddress?: (request: Request) => string | undefined,
): Hono<Env> {
  return new Hono<Env>().post('/reports', async (c) => {
    const { identity } = c.var;
    if (!mayReportAtAll(identity)) {
      throw new DomainError('forbidden', 'Reporting needs the role "service" or "admin", or an agent token');
    }
    const body = await readJson(c.req.raw, MAX_BODY);
    if (countOf(body) > MAX_REPORTS) {
      throw new TooLarge(`reports: at most ${MAX_REPORTS} at once; send the rest in another request`);
    }
    const { reports } = checked(ReportsBody, body);
    const wait = liveness.admit(identity, reports.length);
    if (wait > 0) throw new TooMany('reports: more than the token’s hosts can need', wait);
    const { members } = await liveness.accept(reports, identity, clientAddress?.(c.req.raw));
    return c.body(`{${members}}`, 200, { 'Content-Type': 'application/json' });
  });
}

function countOf(body: unknown): number {
  const reports = (body as { reports?: unknown } | null)?.reports;
  return Array.isArray(reports) ? reports.length : 0;
}
