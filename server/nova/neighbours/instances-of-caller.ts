import type { Instance } from '../../domain/instance.ts';
import { isAdmin } from '../../identity/identity.ts';
import type { Call, Nova } from '../call.ts';

const PAGE = 1000;
/** Enough for any owner; what is asked for here is a convenience and not worth a longer walk. */
const MOST_PAGES = 20;

/**
 * Every instance of the caller's project, of all projects for an administrator, as far as the walk goes. What an owner
 * is told of flavors and usage must come from its own servers alone.
 */
export async function* instancesOfCaller(
  call: Call,
  nova: Nova,
  scope: 'own' | 'visible',
): AsyncGenerator<Instance> {
  const everybody = scope === 'visible' && isAdmin(call.identity);
  const filter = {
    deleted: false,
    ...(everybody ? {} : { projectId: call.identity.projectId ?? '' }),
  } as const;
  let marker: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const { instances } = await nova.store.instances({
      filter,
      sort: [],
      limit: PAGE,
      ...(marker === undefined ? {} : { marker }),
    });
    yield* instances;
    if (instances.length < PAGE) return;
    marker = instances.at(-1)?.id;
  }
}
