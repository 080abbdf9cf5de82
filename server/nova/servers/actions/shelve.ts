import { z } from 'zod';
import { DomainError } from '../../../domain/errors.ts';
import { COMPUTE } from '../../../domain/service.ts';
import { authorize, type Nova } from '../../call.ts';
import { badRequest } from '../../faults.ts';
import { type Microversion, SINCE } from '../../microversions.ts';
import { closed, Name } from '../../validation.ts';
import { placedOn, refuseState } from '../change.ts';
import { runs } from './action.ts';

/** Shelved, a server keeps its host until it is offloaded. */
export const shelve = runs({
  body: () => z.strictObject({ shelve: z.unknown() }),
  rule: 'os_compute_api:os-shelve:shelve',
  kept: 'shelve',
  change: ({ current }) => {
    refuseState(current, 'shelve', ['active', 'stopped', 'paused', 'suspended']);
    return { vmState: 'shelved', taskState: null, powerState: 4 };
  },
});

export const shelveOffload = runs({
  body: () => z.strictObject({ shelveOffload: z.unknown() }),
  rule: 'os_compute_api:os-shelve:shelve_offload',
  kept: 'shelveOffload',
  change: ({ current }) => {
    refuseState(current, 'shelveOffload', ['shelved']);
    return {
      vmState: 'shelved_offloaded',
      taskState: null,
      powerState: 4,
      host: null,
      node: null,
      availabilityZone: null,
    };
  },
});

interface UnshelveBody {
  readonly unshelve?:
    | { readonly host?: string | undefined; readonly availability_zone?: string | null | undefined }
    | null
    | undefined;
}

function unshelveBody(version: Microversion): z.ZodType<UnshelveBody> {
  if (version < SINCE.unshelveToZone) return z.strictObject({ unshelve: z.unknown().transform(() => null) });
  if (version < SINCE.unshelveToHost) {
    return closed({ unshelve: z.strictObject({ availability_zone: Name }).nullable() });
  }
  return z.strictObject({
    unshelve: z
      .strictObject({ availability_zone: z.string().nullable().optional(), host: z.string().optional() })
      .nullable(),
  });
}

/** An offloaded server needs a host, and hostbeat chooses none: from 2.91 an administrator can name it. */
export const unshelve = runs<UnshelveBody>({
  body: unshelveBody,
  rule: 'os_compute_api:os-shelve:unshelve',
  kept: 'unshelve',
  before: async ({ unshelve: wanted }, call, nova, instance) => {
    if (wanted?.availability_zone === undefined && !wanted?.host) return;
    refuseState(instance, 'unshelve', ['shelved_offloaded']);
    const zone = wanted.availability_zone;
    if (zone && !(await isZone(zone, nova))) {
      throw badRequest('The requested availability zone is not available.');
    }
    if (wanted.host) authorize(nova, call, 'os_compute_api:os-shelve:unshelve_to_host', instance);
  },
  change: ({ current, body, computeOf }) => {
    refuseState(current, 'unshelve', ['shelved', 'shelved_offloaded']);
    const running = { vmState: 'active', taskState: null, powerState: 1 };
    if (current.vmState === 'shelved') return running;
    const { host, availability_zone: zone = current.details.pinnedAvailabilityZone } = body.unshelve ?? {};
    if (!host) {
      throw new DomainError(
        'conflict',
        'The server was offloaded and hostbeat does not schedule: an administrator must name the host by unshelve.host (microversion 2.91 or later).',
      );
    }
    const place = placedOn(host, computeOf);
    if (zone && place.availabilityZone !== zone) {
      throw new DomainError('conflict', `Host ${host} is not in the availability zone ${zone}.`);
    }
    return { ...place, ...running, details: { pinnedAvailabilityZone: zone } };
  },
});

async function isZone(zone: string, nova: Nova): Promise<boolean> {
  const services = await nova.store.services({ binary: COMPUTE });
  return services.some((service) => service.zone === zone && !service.disabled);
}
