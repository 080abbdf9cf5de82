/**
 * `POST /servers`: an administrator says which server is on which host. hostbeat keeps an inventory; it has no
 * scheduler and boots nothing, so a request without a host is refused rather than left in BUILD for ever.
 */

import { DomainError } from '../../../domain/errors.ts';
import type { Flavor, Instance } from '../../../domain/instances/instance.ts';
import { onInstance } from '../../../domain/instances/placement.ts';
import { authorize, type Call, type Nova, type NovaAnswer } from '../../call.ts';
import { badRequest } from '../../faults.ts';
import { flavorsFor } from '../../inventory/flavors.ts';
import { Links } from '../../links.ts';
import { SINCE } from '../../microversions.ts';
import { validBody } from '../../validation.ts';
import { actionOf, audited, placedOn } from '../change.ts';
import { type CreateBody, createBody } from './create-body.ts';
import { somePassword } from './password.ts';
import { registeredInstance } from './registered-instance.ts';

/** Nova's default quota for instances. */
const MAX_COUNT = 100;

export async function createServer(call: Call, nova: Nova): Promise<NovaAnswer> {
  const request = validBody(createBody(call.version), call);
  const { server } = request;
  const count = countOf(server);
  authorize(nova, call, 'os_compute_api:servers:create');
  const { host, zone } = destinationOf(server, call, nova);
  refuseImageless(server);
  const hints = request['os:scheduler_hints'] ?? request['OS-SCH-HNT:scheduler_hints'] ?? {};
  const reservationId = `r-${nova.uuid().replaceAll('-', '').slice(0, 8)}`;
  const flavor = await knownFlavor(server.flavorRef, call, nova);
  const described = { ...server, flavor, host, zone, hints, reservationId };
  const instances = Array.from({ length: count }, (_, index) => {
    const name = count === 1 ? server.name : `${server.name}-${index + 1}`;
    const describe = call.version < SINCE.description;
    const born = { id: nova.uuid(), identity: call.identity, at: nova.clock.now() };
    return registeredInstance({ ...described, name, index, describe }, born);
  });
  // Instances added in one turn share a transaction.
  await Promise.all(instances.map((instance) => register(instance, host, call, nova)));
  if (server.return_reservation_id) return { status: 202, body: { reservation_id: reservationId } };
  return answer(instances[0] as Instance, server, call);
}

/** For a flavor that is not declared, another server with the same flavor supplies the sizes. */
async function knownFlavor(id: string, call: Call, nova: Nova): Promise<Flavor | undefined> {
  return (await flavorsFor(call, nova)).find((flavor) => flavor.id === id);
}

async function register(instance: Instance, host: string, call: Call, nova: Nova): Promise<void> {
  const circumstance = { cause: 'placement' as const, at: instance.createdAt, actor: call.identity.userId };
  await nova.store.updateInstance(instance.id, (current, computeOf) => {
    const { details: _, ...place } = placedOn(host, computeOf);
    const placed = { ...instance, ...place };
    return {
      ...onInstance(current, placed, computeOf, circumstance, nova.rules),
      ...audited(current, placed, call, instance.createdAt),
      action: actionOf('create', call, instance.createdAt),
    };
  });
}

function refuseImageless({ imageRef, block_device_mapping = [], block_device_mapping_v2 = [] }: CreateBody) {
  if (block_device_mapping.length > 0 && block_device_mapping_v2.length > 0) {
    throw badRequest('Using different block_device_mapping syntaxes is not allowed in the same request.');
  }
  if (!imageRef && block_device_mapping.length + block_device_mapping_v2.length === 0) {
    throw badRequest('Missing imageRef attribute: name the image, or devices to boot from.');
  }
}

function countOf({ min_count: min = 1, max_count: max = min, hostname }: CreateBody): number {
  if (min > max) throw badRequest('min_count must be <= max_count');
  if (max > 1 && hostname !== undefined) {
    throw badRequest('A hostname is for one server: several cannot have the same.');
  }
  if (max > MAX_COUNT)
    throw new DomainError('forbidden', `Quota exceeded: at most ${MAX_COUNT} servers at once.`);
  return max;
}

/** The host, by `host` (2.74) or by `availability_zone: "zone:host"`; both only for callers who may choose it. */
function destinationOf(server: CreateBody, call: Call, nova: Nova): { host: string; zone: string | null } {
  const [zone = '', forced = '', node = '', ...more] = server.availability_zone?.split(':') ?? [];
  if (more.length > 0)
    throw badRequest('Unable to parse availability_zone: write zone, zone:host or zone:host:node.');
  if (forced !== '' || node !== '') authorize(nova, call, 'os_compute_api:servers:create:forced_host');
  const requested = server.host ?? server.hypervisor_hostname;
  if (requested !== undefined) {
    authorize(nova, call, 'compute:servers:create:requested_destination');
    if (forced !== '' || node !== '') {
      throw badRequest('Name the host either by host or by availability_zone zone:host, not by both.');
    }
  }
  const host = requested ?? (forced || node);
  if (host !== '') return { host, zone: zone || null };
  // A caller who may not choose a host cannot fix this; a caller who may is shown how.
  authorize(nova, call, 'compute:servers:create:requested_destination');
  throw badRequest(
    'The host is missing. hostbeat keeps an inventory and does not schedule: name the host by server.host (microversion 2.74 or later) or by availability_zone "zone:host".',
  );
}

function answer(instance: Instance, server: CreateBody, call: Call): NovaAnswer {
  const links = new Links(call);
  return {
    status: 202,
    headers: { Location: links.self('servers', instance.id) },
    body: {
      server: {
        id: instance.id,
        links: links.of('servers', instance.id),
        'OS-DCF:diskConfig': instance.details.diskConfig,
        security_groups: server.security_groups ?? [{ name: 'default' }],
        adminPass: server.adminPass ?? somePassword(),
      },
    },
  };
}
