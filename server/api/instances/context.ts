import type { AuditLog } from '../../audit/audit.ts';
import type { InstanceDocument } from '../../documents/schemas.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Rules } from '../../domain/decision.ts';
import type { Store } from '../../store.ts';
import type { Permissions } from '../request/permission.ts';

/** Where the servers of one import belong. */
export interface Placing {
  /** The document with its project by id. @throws DomainError `invalid` if its project or host is not there */
  place(document: InstanceDocument): Promise<InstanceDocument>;
}

/** What the endpoints of instances need. */
export interface InstancesContext {
  readonly store: Pick<Store, 'instance' | 'updateInstance'>;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly policy: Permissions;
  /** Without it projects and hosts are not looked up. */
  readonly placing?: (options: { readonly createMissing: boolean; readonly actor: string }) => Placing;
  readonly audit?: Pick<AuditLog, 'record'>;
  readonly clientAddress?: (request: Request) => string | undefined;
}
