/** Migrations, recorded as done: afterwards the server is on the named host. */
import { z } from 'zod';
import { DomainError } from '../../../domain/errors.ts';
import type { Service } from '../../../domain/service.ts';
import { authorize } from '../../call.ts';
import { badRequest } from '../../faults.ts';
import { type Microversion, SINCE } from '../../microversions.ts';
import { BooleanLike, closed, HostName } from '../../validation.ts';
import { type InstanceChange, placedOn, refuseHostless, refuseState } from '../change.ts';
import { somePassword } from '../create/password.ts';
import { type ActionRequest, runs } from './action.ts';

type Wanted = string | null | undefined;

function moved<T>(host: Wanted, { current, computeOf }: ActionRequest<T>): InstanceChange {
  if (host === null || host === undefined) {
    throw badRequest('No valid host was found: hostbeat does not schedule, name the host to move to.');
  }
  if (host === current.host) throw badRequest(`The server is on ${host} already.`);
  return placedOn(host, computeOf);
}

function isUp(service: Service | undefined): boolean {
  return service?.live === true && !service.forcedDown;
}

interface MigrateBody {
  readonly migrate?: { readonly host?: Wanted } | null | undefined;
}

export const migrate = runs<MigrateBody>({
  body: (version) =>
    version >= SINCE.migrateToHost
      ? z.strictObject({ migrate: z.strictObject({ host: HostName.nullable().optional() }).nullable() })
      : z.strictObject({ migrate: z.unknown().transform(() => null) }),
  rule: 'os_compute_api:os-migrate-server:migrate',
  kept: 'migrate',
  before: (body, call, nova, instance) => {
    if (body.migrate?.host) authorize(nova, call, 'os_compute_api:os-migrate-server:migrate:host', instance);
  },
  change: (given) => {
    const { current, body, computeOf } = given;
    refuseState(current, 'migrate', ['active', 'stopped']);
    refuseHostless(current);
    // A server cannot be migrated off a dead host: that needs evacuate.
    if (!isUp(computeOf(current.host)))
      throw new DomainError('conflict', 'Service is unavailable at this time.');
    return moved(body.migrate?.host, given);
  },
});

interface LiveBody {
  readonly 'os-migrateLive': { readonly host: Wanted };
}

function liveBody(version: Microversion): z.ZodType<LiveBody> {
  const host = HostName.nullable();
  if (version < SINCE.liveMigrateAuto) {
    const fields = { block_migration: BooleanLike, disk_over_commit: BooleanLike, host };
    return z.strictObject({ 'os-migrateLive': z.strictObject(fields) });
  }
  const forced = version >= SINCE.liveMigrateForce && version < SINCE.noForce;
  const fields = {
    block_migration: z.union([z.literal('auto'), BooleanLike]),
    host,
    ...(forced ? { force: BooleanLike.optional() } : {}),
  };
  return z.strictObject({ 'os-migrateLive': z.strictObject(fields) });
}

export const migrateLive = runs<LiveBody>({
  body: liveBody,
  rule: 'os_compute_api:os-migrate-server:migrate_live',
  kept: 'live-migration',
  before: (body, call, nova, instance) => {
    if (body['os-migrateLive'].host) {
      authorize(nova, call, 'os_compute_api:os-migrate-server:migrate_live:host', instance);
    }
  },
  change: (given) => {
    refuseState(given.current, 'os-migrateLive', ['active', 'paused']);
    return moved(given.body['os-migrateLive'].host, given);
  },
});

interface EvacuateBody {
  readonly evacuate: {
    readonly host?: Wanted;
    readonly adminPass?: string | undefined;
    readonly onSharedStorage?: boolean | undefined;
  };
}

function evacuateBody(version: Microversion): z.ZodType<EvacuateBody> {
  const forced = version >= SINCE.evacuateForce && version < SINCE.noForce;
  return closed({
    evacuate: z.strictObject({
      host: HostName.optional(),
      adminPass: z.string().optional(),
      ...(version < SINCE.evacuateWithoutStorage ? { onSharedStorage: BooleanLike } : {}),
      ...(forced ? { force: BooleanLike.optional() } : {}),
    }),
  });
}

/** Only off a host that is down: a server must never run twice. */
export const evacuate = runs<EvacuateBody>({
  body: evacuateBody,
  rule: 'os_compute_api:os-evacuate',
  kept: 'evacuate',
  evenLocked: true,
  change: (given) => {
    const { current, body, call, computeOf } = given;
    const { host, adminPass, onSharedStorage } = body.evacuate;
    if (onSharedStorage && adminPass !== undefined) {
      throw badRequest("adminPass can't be changed on an existing disk: leave it out, or onSharedStorage.");
    }
    if (host && computeOf(host) === undefined) {
      throw new DomainError('not_found', `Compute host ${host} not found.`);
    }
    if (host === current.host) throw badRequest("The target host can't be the same one.");
    refuseState(current, 'evacuate', ['active', 'stopped', 'error'], 'any');
    const source = computeOf(current.host);
    if (source !== undefined && isUp(source)) {
      throw badRequest(
        `Compute service of ${source.host} is still in use. Force it down first, once it is fenced.`,
      );
    }
    const stopped = current.vmState === 'stopped' || call.version >= SINCE.evacuateStopped;
    return {
      ...moved(host, given),
      vmState: stopped ? 'stopped' : 'active',
      taskState: null,
      powerState: stopped ? 4 : 1,
    };
  },
  answer: async (_, body, call) =>
    call.version < SINCE.evacuateWithoutStorage
      ? { status: 200, body: { adminPass: passwordOf(body) } }
      : { status: 200 },
});

/** On shared storage the disk stays, and with it the password. */
function passwordOf({ evacuate: { adminPass, onSharedStorage } }: EvacuateBody): string | null {
  return onSharedStorage ? null : (adminPass ?? somePassword());
}
