import type { Instant } from '../../domain/clock.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { changeServer, type DecideChange, type InstanceChange, refuseLocked } from './change.ts';
import { findServer } from './find.ts';

/** `DELETE /servers/{id}`. The row stays, so that `changes-since` can report the deletion. */
export async function deleteServer(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { id, projectId, userId } = await findServer(call, nova);
  authorize(nova, call, 'os_compute_api:servers:delete', { projectId, userId });
  const at = nova.clock.now();
  const decide: DecideChange = (current) => {
    refuseLocked(current, call);
    return gone(at);
  };
  await changeServer(id, call, nova, decide, 'delete');
  return { status: 204 };
}

/** The fields of a deleted server. */
export function gone(at: Instant): InstanceChange {
  return { vmState: 'deleted', taskState: null, powerState: 0, terminatedAt: at, deletedAt: at };
}
