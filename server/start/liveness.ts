import { randomUUID } from 'node:crypto';
import { createLiveness, type Liveness } from '../liveness/liveness.ts';
import { measureLiveness } from '../liveness/metrics.ts';
import type { Nodes } from '../nodes/nodes.ts';
import type { Core } from './core.ts';
import type { Storage } from './storage.ts';
import { witnessProbe } from './witness.ts';

/** Loads every service and starts to watch for silence. */
export async function startLiveness(
  core: Core,
  {
    store,
    audit,
    explanations,
    nodes,
  }: Pick<Storage, 'store' | 'audit' | 'explanations'> & { readonly nodes?: Nodes | undefined },
): Promise<Liveness> {
  const { config, clock, rules, logger, events, metrics, intake, closing } = core;
  const witness = witnessProbe(core);
  const liveness = createLiveness({
    store,
    clock,
    rules,
    config,
    logger,
    uuid: randomUUID,
    events,
    audit,
    explanations,
    receiving: intake.trouble,
    caughtUp: intake.caughtUp,
    ...(nodes === undefined ? {} : { coordination: nodes }),
    ...(witness === undefined ? {} : { witness }),
  });
  await liveness.start();
  closing.add(() => liveness.close());
  measureLiveness(metrics, liveness);
  return liveness;
}
