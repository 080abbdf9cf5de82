import { Links } from '../../links.ts';
import { SINCE } from '../../microversions.ts';
import { refuseState } from '../change.ts';
import { somePassword } from '../create/password.ts';
import { rebuildBody } from '../schemas.ts';
import { changeOf } from '../update.ts';
import { renderServer } from '../view.ts';
import { runs } from './action.ts';

/**
 * Recorded as done at once, since hostbeat rebuilds nothing; the answer shows the server as Nova's does, in progress.
 * From 2.75 on it is the whole server, with host_status.
 */
export const rebuild = runs({
  body: rebuildBody,
  rule: 'os_compute_api:servers:rebuild',
  kept: 'rebuild',
  change: ({ current, body }) => {
    refuseState(current, 'rebuild', ['active', 'stopped', 'error']);
    const { metadata, key_name, user_data, trusted_image_certificates, ...rest } = body.rebuild;
    const described = changeOf(rest);
    return {
      ...described,
      imageRef: rest.imageRef.toLowerCase(),
      vmState: current.vmState === 'stopped' ? 'stopped' : 'active',
      taskState: null,
      details: {
        ...described.details,
        ...(metadata === undefined ? {} : { metadata }),
        ...(key_name === undefined ? {} : { keyName: key_name }),
        ...(user_data === undefined ? {} : { userData: user_data }),
        ...(trusted_image_certificates === undefined
          ? {}
          : { trustedImageCertificates: trusted_image_certificates }),
        fault: null,
      },
    };
  },
  answer: async (instance, body, call, nova) => {
    const atWork = { ...instance, taskState: 'rebuilding' };
    const server = JSON.parse(await renderServer(atWork, 'rebuild', call, nova));
    return {
      status: 202,
      headers: { Location: new Links(call).self('servers', instance.id) },
      body: {
        server: {
          ...server,
          adminPass: body.rebuild.adminPass ?? somePassword(),
          ...(call.version >= SINCE.rebuildUserData ? { user_data: instance.details.userData } : {}),
        },
      },
    };
  },
});
