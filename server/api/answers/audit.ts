/** The answers of `/v1/audit`. */
import { z } from 'zod';

export const AuditRecord = z.object({
  id: z.number().int(),
  at: z.iso.datetime(),
  actor: z.string().describe('Id of the user, `agent-…`, or the part of hostbeat that acted.'),
  from: z.string().nullable().describe('Network address of the caller, where it is known.'),
  action: z.string().describe('What was done, as `service.force_down`.'),
  subject: z.string().describe('To what, as `service:compute-1/nova-compute`.'),
  changes: z
    .record(z.string(), z.tuple([z.unknown(), z.unknown()]).readonly())
    .readonly()
    .describe('By field: what it was and what it is. Never a secret.'),
});
export type AuditRecord = z.output<typeof AuditRecord>;

export const AuditPage = z.object({
  entries: z.array(AuditRecord),
  next: z.string().nullable().describe('Marker of the next page; null on the last one.'),
});
