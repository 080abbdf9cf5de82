import type { Instant } from '../../../domain/clock.ts';
import type { Flavor, Instance, InstanceDetails } from '../../../domain/instances/instance.ts';
import { newInstance } from '../../../domain/instances/new-instance.ts';
import type { Identity } from '../../../identity/identity.ts';
import type { CreateBody } from './create-body.ts';

export interface RegistrationRequest extends CreateBody {
  readonly host: string;
  readonly zone: string | null;
  /** Undefined: only its id is known, and its sizes are shown as 0. */
  readonly flavor: Flavor | undefined;
  readonly hints: Readonly<Record<string, unknown>>;
  readonly reservationId: string;
  readonly index: number;
  /** Below 2.19 a server's description is its name (Nova). */
  readonly describe: boolean;
}

export interface NewIdentity {
  readonly id: string;
  readonly identity: Identity;
  readonly at: Instant;
}

const NO_SIZES = { vcpus: 0, ram: 0, disk: 0, ephemeral: 0, swap: 0, extra_specs: {} };

/** A server that is registered as running on a host. */
export function registeredInstance(server: RegistrationRequest, { id, identity, at }: NewIdentity): Instance {
  const flavor = server.flavor ?? { id: server.flavorRef, original_name: server.flavorRef, ...NO_SIZES };
  const projectId = identity.projectId as string;
  const { name, host } = server;
  const base = newInstance({ id, projectId, userId: identity.userId, name, host, flavor, at });
  return {
    ...base,
    node: server.hypervisor_hostname ?? server.host,
    availabilityZone: server.zone,
    imageRef: server.imageRef ?? '',
    details: { ...base.details, ...detailsOf(server, id) },
  };
}

function detailsOf(server: RegistrationRequest, id: string): Partial<InstanceDetails> {
  return {
    metadata: server.metadata ?? {},
    tags: [...new Set(server.tags ?? [])],
    securityGroups: server.security_groups?.flatMap(({ name }) => (name === undefined ? [] : [name])) ?? [
      'default',
    ],
    trustedImageCertificates: server.trusted_image_certificates ?? null,
    serverGroups: typeof server.hints.group === 'string' ? [server.hints.group] : [],
    schedulerHints: server.hints,
    description: server.description ?? (server.describe ? server.name : null),
    accessIPv4: server.accessIPv4 ?? '',
    accessIPv6: server.accessIPv6 ?? '',
    configDrive: server.config_drive ? 'True' : '',
    keyName: server.key_name ?? null,
    diskConfig: server['OS-DCF:diskConfig'] ?? 'MANUAL',
    reservationId: server.reservationId,
    launchIndex: server.index,
    ...(server.hostname === undefined ? {} : { hostname: server.hostname }),
    userData: server.user_data ?? null,
    instanceName: `instance-${id.slice(0, 8)}`,
    pinnedAvailabilityZone: server.zone,
  };
}
