import { auditEntry } from '../domain/audit.ts';
import { openPolicy, type PolicyFile } from '../identity/policy/live-policy.ts';
import { watchPolicyFile } from '../identity/policy/watch-file.ts';
import type { Policy } from '../identity/policy-port.ts';
import type { Logger } from '../telemetry/logger.ts';
import { systemTimers } from '../timers.ts';
import type { Core } from './core.ts';
import type { Storage } from './storage.ts';

export interface StartedPolicy {
  readonly policy: Policy;
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
  { config, clock, logger, closing }: Core,
  { policy, reload: readAgain }: PolicyFile,
  { audit }: Pick<Storage, 'audit'>,
): StartedPolicy {
  const reload = async () => {
    const changes = await readAgain();
    if (Object.keys(changes).length === 0) return;
    const by = { actor: 'policy-file', at: clock.now() };
    await audit
      .record(auditEntry('policy.change', 'policy', changes, by))
      .catch((error: unknown) => logger.error({ err: error }, 'a change of policy is not in the audit log'));
  };
  if (config.policyFile !== undefined) {
    const { setTimer } = systemTimers;
    closing.add(watchPolicyFile(config.policyFile, { reload, done: logsReload(logger), setTimer }));
  }
  return { policy, reload };
}

function logsReload(logger: Logger): (error?: unknown) => void {
  return (error) => {
    if (error === undefined) logger.info('policy reloaded: its file has changed');
    else logger.error({ err: error }, 'policy not reloaded: the one in force stays');
  };
}
