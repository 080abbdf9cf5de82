import type { Liveness } from '../liveness/liveness.ts';
import { Nodes } from '../nodes/nodes.ts';
import { systemTimers } from '../timers.ts';
import type { Core } from './core.ts';
import type { Storage } from './storage.ts';

/** This process among others on the same database; undefined where the database admits one. */
export function makeNodes(
  { clock, logger }: Core,
  { node, store }: Pick<Storage, 'node' | 'store'>,
): Nodes | undefined {
  if (node === undefined) return undefined;
  const { link, tail } = node;
  const { setTimer } = systemTimers;
  return new Nodes({ link, tail, signingKey: store.signingKey, clock, setTimer, logger });
}

/** Resolves when what is reported here counts everywhere: only then may the port be opened. */
export async function joinNodes(
  { closing }: Core,
  nodes: Nodes | undefined,
  { shared }: Pick<Liveness, 'shared'>,
): Promise<void> {
  if (nodes === undefined || shared === undefined) return;
  closing.add(() => nodes.close());
  await nodes.start(shared);
}
