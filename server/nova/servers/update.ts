import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { validBody } from '../validation.ts';
import { changeServer, type InstanceChange } from './change.ts';
import { findServer } from './find.ts';
import { type UpdateBody, updateBody } from './schemas.ts';
import { renderServer } from './view.ts';

/** `PUT /servers/{id}`: name, description and the like. */
export async function updateServer(call: Call, nova: Nova): Promise<NovaAnswer> {
  const { server } = validBody(updateBody(call.version), call);
  const found = await findServer(call, nova);
  const { id, projectId, userId } = found;
  authorize(nova, call, 'os_compute_api:servers:update', { projectId, userId });
  const changes = changeOf(server);
  const instance =
    Object.keys(server).length === 0 ? found : await changeServer(id, call, nova, () => changes);
  return { status: 200, text: `{"server":${await renderServer(instance, 'update', call, nova)}}` };
}

export function changeOf(body: UpdateBody): InstanceChange {
  const { name, description, hostname, accessIPv4, accessIPv6 } = body;
  const diskConfig = body['OS-DCF:diskConfig'];
  return {
    ...(name === undefined ? {} : { name }),
    details: {
      ...(description === undefined ? {} : { description }),
      ...(hostname === undefined ? {} : { hostname }),
      ...(accessIPv4 === undefined ? {} : { accessIPv4 }),
      ...(accessIPv6 === undefined ? {} : { accessIPv6 }),
      ...(diskConfig === undefined ? {} : { diskConfig }),
    },
  };
}
