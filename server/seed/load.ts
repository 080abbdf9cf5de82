/** Loads a whole seed: parses it, looks up or creates its projects and hosts, and applies it. */
import { applySeed, type SeedContext, type SeedSummary } from './apply.ts';
import { parseSeed, type SeedDocument } from './document.ts';
import { documentOf, isAnything, type Missing, missingOf, type Places, refuseMissing } from './places.ts';

export interface LoadOptions {
  /** Create missing projects and hosts that servers name, instead of refusing the document. */
  readonly createMissing: boolean;
}

export interface LoadSummary extends SeedSummary {
  /** Projects and hosts that were created because servers name them; absent if none were. */
  readonly created?: Missing;
}

/** @throws DomainError `invalid`, and nothing of the document is loaded */
export async function loadSeed(
  text: string,
  context: SeedContext & { readonly places: Places },
  { createMissing }: LoadOptions,
): Promise<LoadSummary> {
  const document = parseSeed(text);
  const places = withDeclared(context.places, document);
  const missing = await missingOf(document.instances, places);
  if (!createMissing) refuseMissing(missing);
  const whole = isAnything(missing) ? parseSeed(JSON.stringify(withMissing(document, missing))) : document;
  const instances = await Promise.all(
    whole.instances.map(async (instance) => ({
      ...instance,
      project_id: (await context.places.projectId(instance.project_id)) ?? instance.project_id,
    })),
  );
  const summary = await applySeed({ ...whole, instances }, context);
  return isAnything(missing) ? { ...summary, created: missing } : summary;
}

/** Projects and hosts of the document itself count as existing. */
export function withDeclared(places: Places, { projects, services }: SeedDocument): Places {
  const own = new Map(
    projects.flatMap(({ id, name }) =>
      [name, ...(id === undefined ? [] : [id])].map((key) => [key, id ?? name]),
    ),
  );
  const hosts = new Set(services.map(({ host }) => host));
  return {
    projectId: async (name) => own.get(name) ?? places.projectId(name),
    hasHost: async (host) => hosts.has(host) || places.hasHost(host),
  };
}

function withMissing(document: SeedDocument, missing: Missing): object {
  const made = documentOf(missing);
  return {
    ...document,
    projects: [...document.projects, ...made.projects],
    services: [...document.services, ...made.services],
  };
}
