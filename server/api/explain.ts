/** `/services/{uuid}/explain`: why a service got its status, for operators. */
import { Hono } from 'hono';
import { z } from 'zod';
import { checked } from '../documents/validate.ts';
import { type Instant, rfc3339 } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import { pastQueue } from '../explain/past-queue.ts';
import { type ExplainContext, explainService } from '../explain/service.ts';
import type { Env } from '../identity/middleware.ts';
import type { Store } from '../ports/store.ts';
import type { ServiceExplanation } from './answers/explain.ts';
import { type Permissions, permitted } from './request/permission.ts';

const Query = z.strictObject({
  at: z.iso
    .datetime({ offset: true, error: 'must be a time such as 2026-01-01T12:00:00Z' })
    .transform((text) => Date.parse(text))
    .optional(),
});

export function createExplain(
  context: ExplainContext,
  store: Pick<Store, 'service'>,
  policy: Permissions,
): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/services/:uuid/explain', permitted(policy, 'os_compute_api:os-services:list'), async (c) => {
    const { at } = checked(Query, c.req.query());
    refuseFuture(at, context.clock.now());
    const uuid = c.req.param('uuid').toLowerCase();
    const service = await store.service({ uuid });
    if (service === undefined) throw new DomainError('not_found', `There is no service ${uuid}`);
    const explanation: ServiceExplanation = await pastQueue.run(
      c.var.identity,
      () => explainService(service, at, context),
      c.req.raw.signal,
    );
    return c.json(explanation, 200, { 'Cache-Control': 'no-store' });
  });
  return app;
}

function refuseFuture(at: Instant | undefined, now: Instant): void {
  if (at === undefined || at <= now) return;
  throw new DomainError(
    'invalid',
    `at: must not be later than now, which is ${rfc3339(now)} here; leave it out for now`,
    { field: 'at' },
  );
}
