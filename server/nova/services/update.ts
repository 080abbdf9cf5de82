/** `PUT /os-services/…`: one path per action below 2.53, one path for everything from then on. */
import { z } from 'zod';
import { DomainError } from '../../domain/errors.ts';
import { COMPUTE, type Service, type ServiceRef } from '../../domain/service.ts';
import { onSwitched, type Switches } from '../../domain/transition.ts';
import { FORCE_DOWN_RULE, LIFT_RULE } from '../../identity/policy/served.ts';
import { authorize, type Call, type Nova, type NovaAnswer, notAllowed } from '../call.ts';
import { badRequest } from '../faults.ts';
import { type Microversion, SINCE } from '../microversions.ts';
import { serviceView } from '../representations/service.ts';
import { BooleanLike, canonicalId, HostName, isUuidLike, text, validBody } from '../validation.ts';

const RULE = 'os_compute_api:os-services:update';

const ByKey = z.strictObject({
  host: HostName,
  binary: text(1, 255),
  disabled_reason: text(1, 255).optional(),
});
const ByKeyWithForce = ByKey.extend({ forced_down: BooleanLike.optional() });
const ByUuid = z.strictObject({
  status: z.enum(['enabled', 'disabled']).optional(),
  disabled_reason: text(1, 255).optional(),
  forced_down: BooleanLike.optional(),
});

/** The body of a change of a service, at a version. */
export function serviceBody(version: Microversion): z.ZodType {
  if (version >= SINCE.serviceUuid) return ByUuid;
  return version >= SINCE.forcedDown ? ByKeyWithForce : ByKey;
}

export async function updateService(call: Call, nova: Nova): Promise<NovaAnswer> {
  return call.version >= SINCE.serviceUuid ? updateByUuid(call, nova) : runAction(call, nova);
}

type Action = (body: z.output<typeof ByKeyWithForce>) => { to: Switches; shown: Record<string, unknown> };

const ACTIONS: Readonly<Record<string, Action>> = {
  enable: () => ({ to: { disabled: false }, shown: { status: 'enabled' } }),
  disable: () => ({ to: { disabled: true }, shown: { status: 'disabled' } }),
  'disable-log-reason': ({ disabled_reason: reason }) => {
    if (reason === undefined)
      throw badRequest('disabled_reason is missing: the reason for disabling the service.');
    return {
      to: { disabled: true, disabledReason: reason },
      shown: { status: 'disabled', disabled_reason: reason },
    };
  },
};

const FORCE_DOWN: Action = ({ forced_down: forced }) => {
  if (forced === undefined) throw badRequest('forced_down is missing: true or false.');
  return { to: { forcedDown: forced }, shown: { forced_down: forced } };
};

async function runAction(call: Call, nova: Nova): Promise<NovaAnswer> {
  const withForce = call.version >= SINCE.forcedDown;
  const body = validBody<z.output<typeof ByKeyWithForce>>(withForce ? ByKeyWithForce : ByKey, call);
  const name = call.param('id');
  authorizeChange(call, nova, name === 'force-down' ? { forcedDown: body.forced_down } : { disabled: true });
  const action =
    name === 'force-down' && withForce
      ? FORCE_DOWN
      : Object.hasOwn(ACTIONS, name)
        ? ACTIONS[name]
        : undefined;
  if (action === undefined) throw new DomainError('not_found', `There is no action '${name}' on services.`);
  const { to, shown } = action(body);
  const { host, binary } = body;
  if (binary !== COMPUTE) throw notCompute(binary);
  await change(call, nova, { host, binary }, to);
  return { status: 200, body: { service: { host, binary, ...shown } } };
}

async function updateByUuid(call: Call, nova: Nova): Promise<NovaAnswer> {
  const body = validBody(ByUuid, call);
  const id = call.param('id');
  if (!isUuidLike(id))
    throw badRequest(`Invalid uuid ${id}: name the service by the id that GET /os-services shows.`);
  const { status, disabled_reason: reason, forced_down: forcedDown } = body;
  authorizeChange(call, nova, { forcedDown, disabled: status ?? reason });
  const uuid = canonicalId(id);
  const found = await nova.store.service({ uuid });
  if (found === undefined) throw notFound();
  if (found.binary !== COMPUTE) throw notCompute(found.binary);
  const service = await change(call, nova, { uuid }, switchesOf(body));
  return { status: 200, body: { service: serviceView(service, call.version) } };
}

/** Nova's rule for all fields; for the force-down alone one of ours, which the account of a fencing agent has too. */
function authorizeChange(
  call: Call,
  nova: Nova,
  { forcedDown, disabled }: { readonly forcedDown?: boolean | undefined; readonly disabled?: unknown },
): void {
  if (forcedDown === undefined || disabled !== undefined) authorize(nova, call, RULE);
  if (forcedDown === undefined) return;
  const own = forcedDown ? FORCE_DOWN_RULE : LIFT_RULE;
  if (!nova.policy.allows(own, call.identity)) throw notAllowed(RULE);
}

function switchesOf(body: z.output<typeof ByUuid>): Switches {
  const { status, disabled_reason: reason, forced_down: forced } = body;
  if (status === 'enabled' && reason !== undefined) {
    throw badRequest("Specifying 'disabled_reason' when status is 'enabled' is invalid.");
  }
  if (status === undefined && forced === undefined) {
    throw badRequest("No updates were requested. Give 'status' or 'forced_down'.");
  }
  return {
    ...(status === undefined ? {} : { disabled: status === 'disabled' }),
    ...(status === 'disabled' && reason !== undefined ? { disabledReason: reason } : {}),
    ...(forced === undefined ? {} : { forcedDown: forced }),
  };
}

async function change(call: Call, nova: Nova, ref: ServiceRef, to: Switches): Promise<Service> {
  const by = { actor: call.identity.userId, at: nova.clock.now(), from: call.address };
  const service = await nova.store.updateService(
    ref,
    (current) => {
      if (current === undefined) throw notFound();
      return onSwitched(current, to, by, nova.rules);
    },
    { urgent: to.forcedDown !== undefined },
  );
  if (service === undefined) throw notFound();
  return service;
}

function notFound(): DomainError {
  return new DomainError('not_found', 'Service could not be found.');
}

function notCompute(binary: string): DomainError {
  return badRequest(`Updating a ${binary} service is not supported. Must be a ${COMPUTE} service.`);
}
