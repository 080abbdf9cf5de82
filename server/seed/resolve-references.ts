/** Resolves projects and hosts for one import, line by line: each name is looked up once, and created once where the caller wants that. */
import {
  cachedLookup,
  isAnyMissing,
  type MissingReferences,
  missingOf,
  type ReferenceLookup,
  refuseMissing,
  type ServerReferences,
  seedOfMissing,
} from './references.ts';

/** @param create creates what is missing; absent: missing ones are refused */
export function referenceResolver(
  found: ReferenceLookup,
  create?: (missing: ReturnType<typeof seedOfMissing>) => Promise<unknown>,
) {
  const lookup = cachedLookup(found);
  /** One after another, because lines of one chunk may name the same project or host. */
  let making: Promise<unknown> = Promise.resolve();
  const made = (missing: MissingReferences, servers: readonly ServerReferences[]) => {
    if (create === undefined) return refuseMissing(missing);
    const next = making.then(async () => {
      const still = await missingOf(servers, lookup);
      if (isAnyMissing(still)) await create(seedOfMissing(still));
    });
    making = next.catch(() => undefined);
    return next;
  };
  return {
    async resolve<T extends ServerReferences>(document: T): Promise<T> {
      const missing = await missingOf([document], lookup);
      if (isAnyMissing(missing)) await made(missing, [document]);
      return {
        ...document,
        project_id: (await lookup.projectId(document.project_id)) ?? document.project_id,
      };
    },
  };
}
