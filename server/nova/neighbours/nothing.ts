/** Collections that clients ask for in passing and that are empty here: the honest answer is an empty list. */
import { DomainError } from '../../domain/errors.ts';
import { type Answer, authorize, type Call, type Nova } from '../call.ts';
import { findServer } from '../servers/find.ts';

export async function listExtensions(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:extensions');
  return { status: 200, body: { extensions: [] } };
}

export async function showExtension(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:extensions');
  throw new DomainError('not_found', 'There is no such extension.');
}

export async function listAggregates(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:os-aggregates:index');
  return { status: 200, body: { aggregates: [] } };
}

/** Who did what to a server is in the history of its host_status, not here. */
export async function listInstanceActions(call: Call, nova: Nova): Promise<Answer> {
  const { projectId } = await findServer(call, nova);
  authorize(nova, call, 'os_compute_api:os-instance-actions:list', { projectId });
  return { status: 200, body: { instanceActions: [] } };
}
