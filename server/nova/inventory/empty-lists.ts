/** Collections that clients ask for in passing and that are empty here: an empty list is the true answer. */
import { DomainError } from '../../domain/errors.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { badRequest } from '../faults.ts';
import { countIn, refuseUnknown } from '../query.ts';
import { isInteger } from '../validation.ts';

export async function listAggregates(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-aggregates:index');
  return { status: 200, body: { aggregates: [] } };
}

export async function showAggregate(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-aggregates:show');
  if (!isInteger(call.param('id'))) throw badRequest('Invalid input received: id must be an integer.');
  throw new DomainError('not_found', 'Aggregate could not be found.');
}

/** Floating addresses belong to the network service; tools that list servers ask for them too. */
export async function listFloatingIps(call: Call, nova: Nova): Promise<NovaAnswer> {
  authorize(nova, call, 'os_compute_api:os-floating-ips:list');
  return { status: 200, body: { floating_ips: [] } };
}

export async function listServerGroups(call: Call, nova: Nova): Promise<NovaAnswer> {
  for (const name of ['limit', 'offset']) countIn(call, name);
  refuseUnknown(call, ['all_projects', 'limit', 'offset']);
  authorize(nova, call, 'os_compute_api:os-server-groups:index');
  return { status: 200, body: { server_groups: [] } };
}

/** The object is looked up before the rule is asked (Nova). */
export async function showServerGroup(): Promise<NovaAnswer> {
  throw new DomainError('not_found', 'Instance group could not be found.');
}
