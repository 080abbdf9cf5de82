import type { Subscribe } from '../../client-sdk/protocol/upstream.ts';
import type { Identity } from '../identity/identity.ts';
import type { Policy, Visibility } from '../identity/policy-port.ts';
import { projectStream, type StreamName } from '../ports/log.ts';

export interface Entitlement {
  readonly stream: StreamName;
  readonly visibility: Exclude<Visibility, 'none'>;
  /** A watch key's servers: it sees no others, whatever it asks for. Absent: all servers of the stream. */
  readonly servers?: ReadonlySet<string>;
}

/** A caller who may list services may follow them (Nova's rule name). */
export const HOSTS_RULE = 'os_compute_api:os-services:list';

/** A caller who may list servers may follow them, those of other projects if it may list them. */
const SERVERS_RULE = 'os_compute_api:servers:detail';
const ALL_SERVERS_RULE = 'os_compute_api:servers:detail:get_all_tenants';

/**
 * Which stream a subscription names, and how much of it is shown. Undefined: not allowed, whether or not such a project
 * exists. The host_status rules alone do not open another project's stream, however wide they are: only the project
 * itself and admins may see the list of its servers.
 */
export function entitlementOf(
  identity: Identity,
  { stream, project_id }: Pick<Subscribe, 'stream' | 'project_id'>,
  policy: Policy,
): Entitlement | undefined {
  if (identity.kind === 'watch') return entitlementOfKey(identity, { stream, project_id }, policy);
  if (identity.kind !== 'user') return undefined;
  if (stream === 'hosts') {
    return policy.allows(HOSTS_RULE, identity) ? { stream: 'hosts', visibility: 'all' } : undefined;
  }
  const projectId = project_id ?? identity.projectId;
  if (projectId === null || !policy.allows(SERVERS_RULE, identity)) return undefined;
  if (projectId !== identity.projectId && !mayFollowAll(identity, policy)) return undefined;
  const visibility = policy.hostStatusVisibility(identity, projectId);
  return visibility === 'none' ? undefined : { stream: projectStream(projectId), visibility };
}

/** A watch key opens only its own project's stream, and of that only its servers, whatever its roles are. */
function entitlementOfKey(
  identity: Identity,
  { stream, project_id }: Pick<Subscribe, 'stream' | 'project_id'>,
  policy: Policy,
): Entitlement | undefined {
  const { projectId, servers } = identity;
  if (stream === 'hosts' || projectId === null || (project_id ?? projectId) !== projectId) return undefined;
  if (!policy.allows(SERVERS_RULE, identity)) return undefined;
  const visibility = policy.hostStatusVisibility(identity, projectId);
  if (visibility === 'none') return undefined;
  return {
    stream: projectStream(projectId),
    visibility,
    ...(servers === undefined ? {} : { servers: new Set(servers) }),
  };
}

/** May the identity follow any stream? */
export function mayFollow(identity: Identity, policy: Policy): boolean {
  if (identity.kind === 'watch') return policy.allows(SERVERS_RULE, identity);
  if (identity.kind !== 'user') return false;
  return policy.allows(SERVERS_RULE, identity) || policy.allows(HOSTS_RULE, identity);
}

/** Why it may not, in words for the caller. */
export function mayNotFollow(identity: Identity): string {
  return identity.projectId === null
    ? 'The token has no project: get one that is scoped to a project'
    : 'The policy does not let this token list servers';
}

/** May the identity follow the servers of every project? */
export function mayFollowAll(identity: Identity, policy: Policy): boolean {
  return identity.kind === 'user' && policy.isAdmin(identity) && policy.allows(ALL_SERVERS_RULE, identity);
}
