import { authorize, type Call, type Nova, type NovaAnswer } from '../call.ts';
import { SINCE } from '../microversions.ts';
import { refuseUnknown } from '../query.ts';

const UNLIMITED = -1;

/**
 * `GET /limits`: there are no quotas; usage is counted from the project's own servers. Limits of networks ended with
 * 2.36, those of images with 2.39 and those of personality with 2.57 (Nova).
 */
export async function showLimits(call: Call, nova: Nova): Promise<NovaAnswer> {
  refuseUnknown(call, ['tenant_id']);
  authorize(nova, call, 'os_compute_api:limits');
  const asked = call.query.getAll('tenant_id').at(-1);
  // Needed even for the caller's own project, if the request names it (Nova).
  if (asked !== undefined) authorize(nova, call, 'os_compute_api:limits:other_project');
  const used = await nova.store.usage({ projectId: asked ?? call.identity.projectId ?? '' });
  const absolute = {
    maxServerMeta: UNLIMITED,
    maxTotalInstances: UNLIMITED,
    maxTotalCores: UNLIMITED,
    maxTotalRAMSize: UNLIMITED,
    maxTotalKeypairs: UNLIMITED,
    maxServerGroups: UNLIMITED,
    maxServerGroupMembers: UNLIMITED,
    ...(call.version < SINCE.rebuildUserData
      ? { maxPersonality: UNLIMITED, maxPersonalitySize: UNLIMITED }
      : {}),
    ...(call.version < SINCE.noImageLimits ? { maxImageMeta: UNLIMITED } : {}),
    ...(call.version < SINCE.noNetworkLimits
      ? {
          maxTotalFloatingIps: UNLIMITED,
          maxSecurityGroups: UNLIMITED,
          maxSecurityGroupRules: UNLIMITED,
          totalFloatingIpsUsed: 0,
          totalSecurityGroupsUsed: 0,
        }
      : {}),
    totalInstancesUsed: used.instances,
    totalCoresUsed: used.vcpus,
    totalRAMUsed: used.ram,
    totalServerGroupsUsed: 0,
  };
  return { status: 200, body: { limits: { rate: [], absolute } } };
}
