import type { Subscribe } from '../../client-sdk/protocol/upstream.ts';
import { type Identity, isAdmin } from '../identity/identity.ts';
import type { Policy, Visibility } from '../identity/policy-port.ts';
import { projectStream, type StreamName } from '../store.ts';

export interface Entitlement {
  readonly stream: StreamName;
  readonly visibility: Exclude<Visibility, 'none'>;
}

/** Whoever may list services may follow them (Nova's rule name). */
export const HOSTS_RULE = 'os_compute_api:os-services:list';

/**
 * What stream a subscription means and how much of it is shown. Undefined: none, and whether such a project exists
 * makes no difference. The host_status rules alone do not open another project's stream, however wide they are: who
 * its servers are is told only to itself and to admins.
 */
export function entitlementOf(
  identity: Identity,
  { stream, project_id }: Pick<Subscribe, 'stream' | 'project_id'>,
  policy: Policy,
): Entitlement | undefined {
  if (identity.kind !== 'user') return undefined;
  if (stream === 'hosts') {
    return policy.allows(HOSTS_RULE, identity) ? { stream: 'hosts', visibility: 'all' } : undefined;
  }
  const projectId = project_id ?? identity.projectId;
  if (projectId === null) return undefined;
  if (projectId !== identity.projectId && !isAdmin(identity)) return undefined;
  const visibility = policy.hostStatusVisibility(identity, projectId);
  return visibility === 'none' ? undefined : { stream: projectStream(projectId), visibility };
}

/** May it follow anything at all? */
export function mayFollow(identity: Identity, policy: Policy): boolean {
  if (identity.kind !== 'user') return false;
  return identity.projectId !== null || isAdmin(identity) || policy.allows(HOSTS_RULE, identity);
}
