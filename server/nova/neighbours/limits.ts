import { type Answer, authorize, type Call, type Nova } from '../call.ts';
import { instancesOfCaller } from './instances-of-caller.ts';

const UNLIMITED = -1;

/** `GET /limits`: there are no quotas; what is used is counted from the project's own servers. */
export async function showLimits(call: Call, nova: Nova): Promise<Answer> {
  authorize(nova, call, 'os_compute_api:limits');
  const used = { instances: 0, cores: 0, ram: 0 };
  for await (const { details } of instancesOfCaller(call, nova, 'own')) {
    used.instances++;
    used.cores += details.flavor.vcpus;
    used.ram += details.flavor.ram;
  }
  const absolute = {
    maxServerMeta: UNLIMITED,
    maxTotalInstances: UNLIMITED,
    maxTotalCores: UNLIMITED,
    maxTotalRAMSize: UNLIMITED,
    maxTotalKeypairs: UNLIMITED,
    maxServerGroups: UNLIMITED,
    maxServerGroupMembers: UNLIMITED,
    totalInstancesUsed: used.instances,
    totalCoresUsed: used.cores,
    totalRAMUsed: used.ram,
    totalServerGroupsUsed: 0,
  };
  return { status: 200, body: { limits: { rate: [], absolute } } };
}
