import type { Instant } from '../clock.ts';

export interface Flavor {
  readonly id: string;
  readonly original_name: string;
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
  readonly ephemeral: number;
  readonly swap: number;
  readonly extra_specs: Readonly<Record<string, string>>;
}

export interface Address {
  readonly addr: string;
  readonly version: 4 | 6;
  readonly type: 'fixed' | 'floating';
  readonly mac_addr: string;
}

export interface InstanceFault {
  readonly code: number;
  readonly created: Instant;
  readonly message: string;
  readonly details: string | null;
}

/** Details of a VM other than its look-up keys. Stored in one JSON column; a missing key has Nova's default. */
export interface InstanceDetails {
  readonly metadata: Readonly<Record<string, string>>;
  readonly addresses: Readonly<Record<string, readonly Address[]>>;
  readonly tags: readonly string[];
  readonly securityGroups: readonly string[];
  readonly volumesAttached: readonly { readonly id: string; readonly delete_on_termination: boolean }[];
  readonly trustedImageCertificates: readonly string[] | null;
  readonly serverGroups: readonly string[];
  readonly schedulerHints: Readonly<Record<string, unknown>>;
  readonly imageProperties: Readonly<Record<string, unknown>>;
  readonly flavor: Flavor;
  readonly fault: InstanceFault | null;
  readonly description: string | null;
  readonly accessIPv4: string;
  readonly accessIPv6: string;
  readonly configDrive: string;
  readonly keyName: string | null;
  readonly progress: number;
  readonly diskConfig: 'MANUAL' | 'AUTO';
  readonly reservationId: string | null;
  readonly launchIndex: number;
  readonly hostname: string | null;
  readonly kernelId: string;
  readonly ramdiskId: string;
  readonly rootDeviceName: string | null;
  readonly userData: string | null;
  readonly instanceName: string | null;
  readonly lockedBy: 'owner' | 'admin' | null;
  readonly lockedReason: string | null;
  readonly pinnedAvailabilityZone: string | null;
  /**
   * The account that registered it through our own API; only this account and administrators may change the instance.
   */
  readonly registeredBy?: string;
}

/** A VM. `host` is null while it is on no host (building, failed, shelved off); then its host_status is `""`. */
export interface Instance {
  readonly id: string;
  readonly projectId: string;
  readonly userId: string;
  readonly name: string;
  readonly host: string | null;
  /** hypervisor_hostname. */
  readonly node: string | null;
  readonly vmState: string;
  readonly taskState: string | null;
  readonly powerState: number;
  readonly availabilityZone: string | null;
  /** Empty if it was booted from a volume. */
  readonly imageRef: string;
  readonly flavorId: string;
  readonly locked: boolean;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly launchedAt: Instant | null;
  readonly terminatedAt: Instant | null;
  readonly deletedAt: Instant | null;
  /**
   * When the instance came to its host, and since when that host had its host_status at the time: together with the
   * service's they give `since`.
   */
  readonly placedAt: Instant;
  readonly statusSince: Instant;
  readonly details: InstanceDetails;
}

/** An action on an instance and who did it, as `os-instance-actions` shows it. */
export interface InstanceAction {
  readonly action: string;
  readonly requestId: string;
  /** The user who did it. */
  readonly userId: string;
  readonly projectId: string | null;
  readonly at: Instant;
}

/** The resources that instances use together: MB of memory, GB of disk. */
export interface Usage {
  readonly instances: number;
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
}

/** The part of an instance that a fan-out needs: a host may have hundreds. */
export type PlacedInstance = Pick<Instance, 'id' | 'projectId' | 'name'>;

/** Does an owner see the instance among its servers? Deleted ones are kept for `changes-since`, not streamed. */
export function isPresent(instance: Instance | undefined): instance is Instance {
  return instance !== undefined && instance.deletedAt === null;
}
