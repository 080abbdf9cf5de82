/** Resolves projects and hosts for one import, line by line: each name is looked up once, and created once where the caller wants that. */
import {
  documentOf,
  isAnything,
  type Missing,
  missingOf,
  type Placed,
  type Places,
  refuseMissing,
  remembered,
} from './places.ts';

/** @param create creates what is missing; absent: missing ones are refused */
export function placingOf(
  found: Places,
  create?: (missing: ReturnType<typeof documentOf>) => Promise<unknown>,
) {
  const places = remembered(found);
  /** One after another, because lines of one chunk may name the same project or host. */
  let making: Promise<unknown> = Promise.resolve();
  const made = (missing: Missing, servers: readonly Placed[]) => {
    if (create === undefined) return refuseMissing(missing);
    const next = making.then(async () => {
      const still = await missingOf(servers, places);
      if (isAnything(still)) await create(documentOf(still));
    });
    making = next.catch(() => undefined);
    return next;
  };
  return {
    async place<T extends Placed>(document: T): Promise<T> {
      const missing = await missingOf([document], places);
      if (isAnything(missing)) await made(missing, [document]);
      return {
        ...document,
        project_id: (await places.projectId(document.project_id)) ?? document.project_id,
      };
    },
  };
}
