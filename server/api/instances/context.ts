import type { Context } from 'hono';
import type { InstanceDocument } from '../../documents/schemas.ts';
import type { By } from '../../domain/audit.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Rules } from '../../domain/decision.ts';
import { auditShareOf } from '../../identity/identity.ts';
import type { Env } from '../../identity/middleware.ts';
import type { AuditLog } from '../../ports/audit-log.ts';
import type { Store } from '../../ports/store.ts';
import type { Permissions } from '../request/permission.ts';

/** Resolves the projects and hosts that the documents of one import name. */
export interface ReferenceResolver {
  /**
   * Returns the document with its project replaced by the project's id.
   * @throws DomainError `invalid` if its project or host does not exist
   */
  resolve(document: InstanceDocument): Promise<InstanceDocument>;
}

/** Dependencies of the endpoints of instances. */
export interface InstancesContext {
  readonly store: Pick<Store, 'instance' | 'updateInstance'>;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly policy: Permissions;
  /** Without it projects and hosts are not looked up. */
  readonly resolver?: (options: {
    readonly createMissing: boolean;
    readonly actor: string;
  }) => ReferenceResolver;
  readonly audit?: Pick<AuditLog, 'record'>;
  readonly clientAddress?: (request: Request) => string | undefined;
}

/** The caller, for the audit log. */
export function byOf(
  c: Context<Env>,
  { clock, clientAddress }: Pick<InstancesContext, 'clock' | 'clientAddress'>,
): By {
  const { identity } = c.var;
  return {
    at: clock.now(),
    actor: identity.userId,
    from: clientAddress?.(c.req.raw),
    share: auditShareOf(identity),
  };
}
