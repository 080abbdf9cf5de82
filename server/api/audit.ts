import { Hono } from 'hono';
import { z } from 'zod';
import { checked } from '../documents/validate.ts';
import { rfc3339 } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';
import { isAdmin } from '../identity/identity.ts';
import type { Env } from '../identity/middleware.ts';
import type { AuditLog, StoredAuditEntry } from '../ports/audit-log.ts';
import type { AuditRecord } from './answers/audit.ts';

const MOST = 1_000;
const Text = z.string().min(1).max(600).optional();
const Instant = z.iso
  .datetime({ offset: true, error: 'must be a time such as 2026-01-01T00:00:00Z' })
  .transform((text) => Date.parse(text))
  .optional();
const Whole = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number);

export const AuditQuery = z.strictObject({
  actor: Text,
  action: Text,
  subject: Text,
  since: Instant,
  until: Instant,
  marker: Whole.optional(),
  limit: Whole.pipe(z.int().min(1, 'must be 1 or more')).default(MOST),
});

/** `/audit`: the recorded actions of operators, newest first, for administrators. */
export function createAudit(audit: Pick<AuditLog, 'auditEntries'>): Hono<Env> {
  return new Hono<Env>().get('/audit', async (c) => {
    if (!isAdmin(c.var.identity)) throw new DomainError('forbidden', 'The audit log is for role admin only');
    const { marker, limit, ...asked } = checked(AuditQuery, c.req.query());
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    const wanted = Math.min(limit, MOST);
    const entries = await audit.auditEntries({
      ...Object.fromEntries(given),
      ...(marker === undefined ? {} : { before: marker }),
      limit: wanted + 1,
    });
    const page = entries.slice(0, wanted);
    const next = entries.length > wanted ? String(page.at(-1)?.id) : null;
    return c.json({ entries: page.map(representation), next });
  });
}

function representation({ id, at, actor, from, action, subject, changes }: StoredAuditEntry): AuditRecord {
  return { id, at: rfc3339(at), actor, from, action, subject, changes };
}
