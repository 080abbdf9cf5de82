import { auditEntry } from '../domain/audit.ts';
import { type LivePolicy, openPolicy, type PolicyFile } from '../identity/policy/live-policy.ts';
import type { Core } from './core.ts';
import type { Renewals } from './renewals/renewals.ts';
import type { Storage } from './storage.ts';

export interface StartedPolicy {
  readonly policy: LivePolicy;
  /** @throws DomainError `invalid` if the file cannot be used; the policy in force stays */
  reload(): Promise<void>;
}

/**
 * Reads the policy, before anything is opened.
 * @throws DomainError `invalid` for a file that cannot be used
 */
export function readPolicy({ config, logger }: Core): Promise<PolicyFile> {
  return openPolicy(config.policyFile, logger);
}

/** Follows the policy's file. What a new file changes is recorded in the audit log. */
export function followPolicy(
  { config, clock, logger }: Core,
  { policy, reload: readAgain }: PolicyFile,
  { audit }: Pick<Storage, 'audit'>,
  renewals: Renewals,
): StartedPolicy {
  const reload = async () => {
    const changes = await readAgain();
    if (Object.keys(changes).length === 0) return;
    const by = { actor: 'policy-file', at: clock.now() };
    await audit
      .record(auditEntry('policy.change', 'policy', changes, by))
      .catch((error: unknown) => logger.error({ err: error }, 'a change of policy is not in the audit log'));
  };
  const files = config.policyFile === undefined ? [] : [config.policyFile];
  renewals.add({ name: 'policy', files, renew: () => reload().then(() => undefined) });
  return { policy, reload };
}
