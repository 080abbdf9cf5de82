/** How operations write an instance: one decision, on the current row, for a caller who may see it. */
import { auditOfInstance } from '../../domain/audit.ts';
import type { Instant } from '../../domain/clock.ts';
import type { InstanceDecision } from '../../domain/decision.ts';
import { DomainError } from '../../domain/errors.ts';
import type { Instance, InstanceAction, InstanceDetails } from '../../domain/instances/instance.ts';
import { type ComputeOf, onInstance } from '../../domain/instances/placement.ts';
import type { Call, Nova } from '../call.ts';
import { badRequest, serverNotFound } from '../faults.ts';
import { visible } from './find.ts';

/** The new values of an instance; other fields keep theirs. */
export type InstanceChange = Partial<Omit<Instance, 'id' | 'projectId' | 'details'>> & {
  readonly details?: Partial<InstanceDetails>;
};

/** Called in the transaction with the current row: it may refuse, and must have no side effect. */
export type DecideChange = (current: Instance, computeOf: ComputeOf) => InstanceChange;

/**
 * @param action its name in `os-instance-actions`; without one it is not recorded
 * @throws DomainError what `decide` throws; `not_found` if the instance is gone meanwhile
 */
export async function changeServer(
  id: string,
  call: Call,
  nova: Nova,
  decide: DecideChange,
  action?: string,
): Promise<Instance> {
  const at = nova.clock.now();
  const circumstance = { cause: 'placement' as const, at, actor: call.identity.userId };
  const changed = await nova.store.updateInstance(id, (row, computeOf) => {
    const current = visible(row, call);
    const change = decide(current, computeOf);
    const next = {
      ...current,
      updatedAt: at,
      ...change,
      details: { ...current.details, ...change.details },
    };
    const decision = {
      ...onInstance(current, next, computeOf, circumstance, nova.rules),
      ...audited(current, next, call, at),
    };
    return action === undefined ? decision : { ...decision, action: actionOf(action, call, at) };
  });
  if (changed === undefined) throw serverNotFound();
  return changed;
}

export function actionOf(action: string, call: Call, at: Instant): InstanceAction {
  const { userId, projectId } = call.identity;
  return { action, requestId: call.requestId, userId, projectId, at };
}

/** Changes by administrators go into the audit log; an owner's are among the actions of the server. */
export function audited(
  before: Instance | undefined,
  after: Instance,
  call: Call,
  at: Instant,
): Pick<InstanceDecision, 'audit'> {
  if (!call.isAdmin) return {};
  const audit = auditOfInstance(before, after, { actor: call.identity.userId, at, from: call.address });
  return audit === undefined ? {} : { audit };
}

/** Only administrators may change a locked server (Nova). */
export function refuseLocked(instance: Instance, call: Call): void {
  if (instance.locked && !call.isAdmin) {
    throw new DomainError('conflict', `Instance ${instance.id} is locked.`);
  }
}

/** States in which a server's metadata and tags may be written. */
export const SETTLED = ['active', 'paused', 'suspended', 'stopped'];

export function refuseVmState(instance: Instance, action: string, allowed: readonly string[]): void {
  if (!allowed.includes(instance.vmState)) throw inState(instance, action, `vm_state ${instance.vmState}`);
}

/**
 * A server with another task, or one that was never launched, must not be changed either (Nova).
 * @param tasks the task_states that are allowed, besides none
 */
export function refuseState(
  instance: Instance,
  action: string,
  allowed: readonly string[],
  tasks: readonly string[] | 'any' = [],
): void {
  const { vmState, taskState, launchedAt } = instance;
  refuseVmState(instance, action, allowed);
  const isBusy = taskState !== null && tasks !== 'any' && !tasks.includes(taskState);
  if (isBusy) throw inState(instance, action, `task_state ${taskState}`);
  // A running server was launched, whether an inventory gives the time or not.
  if (launchedAt === null && vmState === 'error') throw inState(instance, action, 'launched_at None');
}

function inState({ id }: Instance, action: string, state: string): DomainError {
  return new DomainError('conflict', `Cannot '${action}' instance ${id} while it is in ${state}.`);
}

/** @throws DomainError `conflict` for a server without a host */
export function refuseHostless({ id, host }: Instance): void {
  if (host === null) throw new DomainError('conflict', `Instance ${id} is not ready.`);
}

/** The fields that change when an instance gets a host. */
export function placedOn(host: string, computeOf: ComputeOf): InstanceChange {
  const service = computeOf(host);
  if (service === undefined) throw badRequest(`Compute host ${host} could not be found.`);
  return { host, node: host, availabilityZone: service.zone };
}
