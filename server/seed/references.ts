/** Checks that the projects and hosts that servers name exist. No owner would see a server with a misspelt project. */
import { DomainError } from '../domain/errors.ts';
import { inSlices } from '../limits/time-slices.ts';
import type { Store } from '../ports/store.ts';

/** What a server names: a project by its id or name, and a host. */
export interface ServerReferences {
  readonly project_id: string;
  readonly host?: string | null | undefined;
}

/** The projects and hosts that exist. */
export interface ReferenceLookup {
  /** The id of the project with this id or name; undefined if no project has it. */
  projectId(idOrName: string): Promise<string | undefined>;
  hasHost(host: string): Promise<boolean>;
}

export interface MissingReferences {
  readonly projects: readonly string[];
  readonly hosts: readonly string[];
}

interface ProjectLookup {
  project(id: string): Promise<{ readonly id: string } | undefined>;
  projectNamed(name: string): Promise<{ readonly id: string } | undefined>;
}

/** @param accounts absent with an external identity service: then every id is accepted */
export function referenceLookup(store: Pick<Store, 'services'>, accounts?: ProjectLookup): ReferenceLookup {
  return {
    async projectId(idOrName) {
      if (accounts === undefined) return idOrName;
      return ((await accounts.project(idOrName)) ?? (await accounts.projectNamed(idOrName)))?.id;
    },
    hasHost: async (host) => (await store.services({ host })).length > 0,
  };
}

/** For a database that does not exist yet. */
export const NOTHING_EXISTS: ReferenceLookup = {
  projectId: async () => undefined,
  hasHost: async () => false,
};

/**
 * Caches what it has found. A missing entry may be created later, so it is looked up again. Simultaneous calls share
 * one look-up.
 */
export function cachedLookup(lookup: ReferenceLookup): ReferenceLookup {
  const projects = new Map<string, Promise<string | undefined>>();
  const hosts = new Map<string, Promise<boolean>>();
  return {
    projectId: (name) => once(projects, name, () => lookup.projectId(name)),
    hasHost: (host) => once(hosts, host, () => lookup.hasHost(host)),
  };
}

function once<T>(known: Map<string, Promise<T>>, key: string, look: () => Promise<T>): Promise<T> {
  const there = known.get(key);
  if (there !== undefined) return there;
  const found = look();
  known.set(key, found);
  const forget = () => known.delete(key);
  found.then((value) => value || forget(), forget);
  return found;
}

/** The projects and hosts that servers name and that do not exist. */
export async function missingOf(
  servers: Iterable<ServerReferences>,
  lookup: ReferenceLookup,
): Promise<MissingReferences> {
  const named = { projects: new Set<string>(), hosts: new Set<string>() };
  for (const server of servers) addReferences(server, named);
  return missingAmong(named, lookup);
}

/** Each project and host that servers name, once. */
export interface References {
  readonly projects: Set<string>;
  readonly hosts: Set<string>;
}

export function addReferences({ project_id, host }: ServerReferences, { projects, hosts }: References): void {
  projects.add(project_id);
  if (typeof host === 'string' && host !== '') hosts.add(host);
}

export async function missingAmong(named: References, lookup: ReferenceLookup): Promise<MissingReferences> {
  const missing = { projects: [] as string[], hosts: [] as string[] };
  await each(named.projects, async (project) => {
    if ((await lookup.projectId(project)) === undefined) missing.projects.push(project);
  });
  await each(named.hosts, async (host) => {
    if (!(await lookup.hasHost(host))) missing.hosts.push(host);
  });
  return missing;
}

/** Each look-up is a database query, so many of them share the event loop with other work. */
async function each(names: ReadonlySet<string>, look: (name: string) => Promise<void>): Promise<void> {
  const [first] = names;
  if (names.size > 1) await inSlices([...names], look);
  else if (first !== undefined) await look(first);
}

export function isAnyMissing({ projects, hosts }: MissingReferences): boolean {
  return projects.length + hosts.length > 0;
}

const MOST_NAMED = 10;

/** @throws DomainError `invalid` that names the missing ones and says what to do */
export function refuseMissing(missing: MissingReferences): void {
  if (!isAnyMissing(missing)) return;
  const problems = [
    ...missing.projects.map((name) => `there is no project ${name}`),
    ...missing.hosts.map((host) => `no service is known on host ${host}`),
  ];
  const more = problems.length > MOST_NAMED ? [`${problems.length - MOST_NAMED} more are missing`] : [];
  const field = missing.projects.length > 0 ? 'project_id' : 'host';
  throw new DomainError(
    'invalid',
    `${[...problems.slice(0, MOST_NAMED), ...more].join('; ')}. Nothing was changed. Correct the names, or have them created (create_missing)`,
    { field },
  );
}

/** The missing entries as parts of a seed document: each host becomes a service that was never heard. */
export function seedOfMissing({ projects, hosts }: MissingReferences) {
  return {
    projects: projects.map((name) => ({ id: name, name })),
    services: hosts.map((host) => ({ host, live: false })),
  };
}
