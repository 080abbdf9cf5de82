/**
 * Audits callers that reported for a host that they may not report for: a mistake in a roll-out, or a stolen token.
 * Each pair of caller and host is recorded once an hour, because a broken agent repeats the report every ten seconds
 * for ever.
 */

import { auditEntry } from '../../domain/audit.ts';
import type { Clock, Duration, Instant } from '../../domain/clock.ts';
import type { ServiceKey } from '../../domain/service.ts';
import { auditShareOf, type Identity } from '../../identity/identity.ts';
import type { AuditLog } from '../../ports/audit-log.ts';

const SILENT_FOR: Duration = 3_600_000;
/** Cap per hour; past it the log already shows that it is happening. */
const MOST = 1_000;

export class RejectedReports {
  readonly #audit: Pick<AuditLog, 'record'> | undefined;
  readonly #clock: Clock;
  /** When each actor and host was last recorded, oldest first. */
  readonly #kept = new Map<string, Instant>();

  constructor(audit: Pick<AuditLog, 'record'> | undefined, clock: Clock) {
    this.#audit = audit;
    this.#clock = clock;
  }

  async note(identity: Identity, { host, binary }: ServiceKey, from: string | undefined): Promise<void> {
    if (this.#audit === undefined) return;
    const { userId } = identity;
    const now = this.#clock.monotonic();
    for (const [key, at] of this.#kept) {
      if (now - at < SILENT_FOR) break;
      this.#kept.delete(key);
    }
    const key = `${userId}\0${host}\0${binary}`;
    if (this.#kept.has(key) || this.#kept.size >= MOST) return;
    this.#kept.set(key, now);
    const by = { actor: userId, at: this.#clock.now(), from, share: auditShareOf(identity) };
    await this.#audit.record(auditEntry('report.refused', `service:${host}/${binary}`, {}, by));
  }
}
