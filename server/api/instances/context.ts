import type { AuditLog } from '../../audit/audit.ts';
import type { Clock } from '../../domain/clock.ts';
import type { Rules } from '../../domain/decision.ts';
import type { Store } from '../../store.ts';
import type { Permissions } from '../request/permission.ts';

/** What the endpoints of instances need. */
export interface InstancesContext {
  readonly store: Pick<Store, 'instance' | 'updateInstance'>;
  readonly clock: Clock;
  readonly rules: Rules;
  readonly policy: Permissions;
  readonly audit?: Pick<AuditLog, 'record'>;
  readonly clientAddress?: (request: Request) => string | undefined;
}
