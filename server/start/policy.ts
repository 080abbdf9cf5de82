import { auditEntry } from '../domain/audit.ts';
import { type LivePolicy, openPolicy, type PolicyFile } from '../identity/policy/live-policy.ts';
import type { Core } from './core.ts';
import type { Renewals } from './renewals/renewals.ts';
import type { Storage } from './storage.ts';

export interface StartedPolicy {
  readonly policy: LivePolicy;
  /** @throws DomainError `invalid` if the file cannot be used; the present policy stays in force */
  reload(): Promise<void>;
}

/** Reads the policy, before the server opens anything. @throws DomainError `invalid` for an unusable file */
export function readPolicy({ config, logger }: Core): Promise<PolicyFile> {
  return openPolicy(config.policyFile, logger);
}

/** Reloads the policy when its file changes. The audit log records what a new file changes. */
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
