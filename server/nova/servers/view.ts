/** One server as the caller may see it: representation, policy and host_status together. */
import type { HostStatus } from '../../../client-sdk/protocol/host-status.ts';
import type { Facts } from '../../../client-sdk/protocol/items.ts';
import { statusOf } from '../../domain/host-status.ts';
import type { Instance } from '../../domain/instances/instance.ts';
import type { PolicyTarget, Visibility } from '../../identity/policy-port.ts';
import type { Call, Nova } from '../call.ts';
import { Links } from '../links.ts';
import { SINCE } from '../microversions.ts';
import type { Audience, Occasion } from '../representations/server.ts';
import { ServerTexts } from '../representations/server-texts.ts';

export function audienceOf(call: Call, nova: Nova, target?: PolicyTarget): Audience {
  const allows = (rule: string) => nova.policy.allows(rule, call.identity, target);
  return {
    extended: allows('os_compute_api:os-extended-server-attributes'),
    extraSpecs: allows('os_compute_api:servers:show:flavor-extra-specs'),
    admin: call.isAdmin,
  };
}

/** host_status of an instance as far as the caller may see it; undefined where its key is left out. */
export function visibleHostStatus(
  instance: Instance,
  facts: Facts | undefined,
  visibility: Visibility,
  nova: Nova,
): HostStatus | undefined {
  if (visibility === 'none') return undefined;
  const known = facts !== undefined && instance.deletedAt === null;
  const status = known ? statusOf(facts, nova.rules.order) : '';
  return visibility === 'all' || status === 'UNKNOWN' ? status : undefined;
}

/**
 * As JSON text. The policy is asked about the server's own project; its host is read only if the caller may see its
 * status.
 */
export async function renderServer(
  instance: Instance,
  occasion: Occasion,
  call: Call,
  nova: Nova,
): Promise<string> {
  const target = { projectId: instance.projectId };
  const { version } = call;
  const visibility =
    version >= SINCE.hostStatus
      ? nova.policy.hostStatusVisibility(call.identity, instance.projectId)
      : 'none';
  const facts = visibility === 'none' ? undefined : await computeOn(instance.host, nova);
  const audience = audienceOf(call, nova, target);
  const texts = new ServerTexts({ version, audience, occasion }, new Links(call));
  return texts.of(instance, visibleHostStatus(instance, facts, visibility, nova));
}

async function computeOn(host: string | null, nova: Nova): Promise<Facts | undefined> {
  return host === null ? undefined : (await nova.store.computeFacts([host])).get(host);
}
