import { type AuditEntry, auditEntry } from '../domain/audit.ts';
import type { Clock } from '../domain/clock.ts';
import type { AuditLog } from '../ports/audit-log.ts';

/** Records an action that has no store transaction around it. */
export type Recorder = (
  request: Request,
  actor: string,
  done: Pick<AuditEntry, 'action' | 'subject' | 'changes' | 'share'>,
) => Promise<void>;

export function createRecorder(
  audit: Pick<AuditLog, 'record'>,
  clock: Clock,
  clientAddress: (request: Request) => string | undefined,
): Recorder {
  return (request, actor, { action, subject, changes, share }) =>
    audit.record(
      auditEntry(action, subject, changes, { actor, at: clock.now(), from: clientAddress(request), share }),
    );
}
