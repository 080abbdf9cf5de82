/** Loads a whole seed: looks up or creates its projects and hosts, and applies it. */
import { inSlices } from '../limits/time-slices.ts';
import { applySeed, type SeedContext, type SeedSummary } from './apply.ts';
import type { SeedDocument } from './document.ts';
import { parseSeed } from './read-seed.ts';
import {
  addReferences,
  isAnyMissing,
  type MissingReferences,
  missingAmong,
  type ReferenceLookup,
  refuseMissing,
  seedOfMissing,
} from './references.ts';

export interface LoadOptions {
  /** Create missing projects and hosts that servers name, instead of refusing the document. */
  readonly createMissing: boolean;
}

export interface LoadSummary extends SeedSummary {
  /** Projects and hosts that were created because servers name them; absent if none were. */
  readonly created?: MissingReferences;
}

/** @throws DomainError `invalid`; then nothing of the document is loaded */
export async function loadSeed(
  document: SeedDocument,
  context: SeedContext & { readonly lookup: ReferenceLookup },
  { createMissing }: LoadOptions,
): Promise<LoadSummary> {
  const lookup = withDeclared(context.lookup, document);
  const named = { projects: new Set<string>(), hosts: new Set<string>() };
  await inSlices(document.instances, (instance) => addReferences(instance, named));
  const missing = await missingAmong(named, lookup);
  if (!createMissing) refuseMissing(missing);
  const whole = isAnyMissing(missing) ? withMissing(document, missing) : document;
  const projectIds = new Map<string, string>();
  await inSlices([...named.projects], async (project) => {
    const id = await lookup.projectId(project);
    if (id !== undefined) projectIds.set(project, id);
  });
  const summary = await applySeed(whole, { ...context, projectIds });
  return isAnyMissing(missing) ? { ...summary, created: missing } : summary;
}

/** Projects and hosts of the document itself count as existing. */
export function withDeclared(lookup: ReferenceLookup, { projects, services }: SeedDocument): ReferenceLookup {
  const own = new Map(
    projects.flatMap(({ id, name }) =>
      [name, ...(id === undefined ? [] : [id])].map((key) => [key, id ?? name]),
    ),
  );
  const hosts = new Set(services.map(({ host }) => host));
  return {
    projectId: async (name) => own.get(name) ?? lookup.projectId(name),
    hasHost: async (host) => hosts.has(host) || lookup.hasHost(host),
  };
}

function withMissing(document: SeedDocument, missing: MissingReferences): SeedDocument {
  const made = parseSeed(JSON.stringify(seedOfMissing(missing)));
  return {
    ...document,
    projects: [...document.projects, ...made.projects],
    services: [...document.services, ...made.services],
  };
}
