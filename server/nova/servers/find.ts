import { type Instance, isPresent } from '../../domain/instances/instance.ts';
import type { Call, Nova } from '../call.ts';
import { serverNotFound } from '../faults.ts';
import { canonicalId } from '../validation.ts';

/** May this caller know of the instance? An administrator of any, other callers of their project's (Nova). */
export function isVisible(
  instance: Instance | undefined,
  call: Pick<Call, 'identity' | 'isAdmin'>,
): instance is Instance {
  return isPresent(instance) && (call.isAdmin || instance.projectId === call.identity.projectId);
}

/** @throws DomainError `not_found` for another project's server and for a missing one alike */
export function visible(instance: Instance | undefined, call: Pick<Call, 'identity' | 'isAdmin'>): Instance {
  if (!isVisible(instance, call)) throw serverNotFound();
  return instance;
}

export async function findServer(call: Call, nova: Nova, name = 'id'): Promise<Instance> {
  return visible(await nova.store.instance(canonicalId(call.param(name))), call);
}
