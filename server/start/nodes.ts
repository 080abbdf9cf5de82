import type { LivePolicy } from '../identity/policy/live-policy.ts';
import type { Liveness } from '../liveness/liveness.ts';
import { measureNodes } from '../nodes/metrics.ts';
import { Nodes } from '../nodes/nodes.ts';
import { digestsOf } from '../nodes/settings.ts';
import { systemTimers } from '../timers.ts';
import type { Core } from './core.ts';
import type { Storage } from './storage.ts';

/** Settings whose difference between nodes clients or agents would notice. */
function shared({ config }: Pick<Core, 'config'>, policy: Pick<LivePolicy, 'digest'>) {
  const { reportInterval, serviceDownTime, hostStatusOrder, ownersSeeReason, auth } = config;
  const fixed = digestsOf({
    report_interval: reportInterval,
    service_down_time: serviceDownTime,
    host_status_order: hostStatusOrder,
    owners_see_reason: ownersSeeReason,
    auth,
  });
  return () => ({ policy_file: policy.digest, ...fixed });
}

/** This process among others on the same database; undefined where the database allows only one. */
export function makeNodes(
  { clock, logger, config, metrics }: Core,
  { node, store, policy }: Pick<Storage, 'node' | 'store'> & { readonly policy: Pick<LivePolicy, 'digest'> },
): Nodes | undefined {
  if (node === undefined) return undefined;
  const { link, tail } = node;
  const { setTimer } = systemTimers;
  const settings = shared({ config }, policy);
  const nodes = new Nodes({ link, tail, settings, signingKey: store.signingKey, clock, setTimer, logger });
  measureNodes(metrics, nodes);
  return nodes;
}

/** Resolves when reports to this node count everywhere: only then may the port be opened. */
export async function joinNodes(
  { closing }: Core,
  nodes: Nodes | undefined,
  { shared }: Pick<Liveness, 'shared'>,
): Promise<void> {
  if (nodes === undefined || shared === undefined) return;
  closing.add(() => nodes.close());
  await nodes.start(shared);
}
