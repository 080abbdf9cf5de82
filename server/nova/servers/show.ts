import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { findServer } from './find.ts';
import { renderServer } from './view.ts';

/** `GET /servers/{id}`: two point reads. */
export async function showServer(call: Call, nova: Nova): Promise<NovaAnswer> {
  const instance = await findServer(call, nova);
  authorize(nova, call, 'os_compute_api:servers:show', { projectId: instance.projectId });
  return { status: 200, text: `{"server":${await renderServer(instance, 'show', call, nova)}}` };
}
