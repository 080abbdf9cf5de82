import { declareInstance } from '../documents/instance.ts';
import { declareService } from '../documents/schemas.ts';
import type { Clock } from '../domain/clock.ts';
import type { Rules } from '../domain/decision.ts';
import { DomainError } from '../domain/errors.ts';
import type { Store } from '../ports/store.ts';
import type { SeedAccounts } from './accounts.ts';
import type { SeedDocument } from './document.ts';

export interface SeedContext {
  readonly store: Store;
  /** Absent with an external identity service: then users and projects of the document are left out, and the rest is loaded. */
  readonly accounts?: SeedAccounts;
  readonly clock: Clock;
  readonly rules: Rules;
  /** Draws a uuid for a service that has none in the document. */
  readonly uuid: () => string;
  /** The actor that operators see with the changes. */
  readonly actor?: string;
  /** Ids of the projects that servers name, by the id or name that they use. */
  readonly projectIds?: ReadonlyMap<string, string>;
  /** Called now and then with the progress of the load. */
  readonly progress?: (what: string, done: number, of: number) => void;
}

export interface SeedCounts {
  added: number;
  changed: number;
  unchanged: number;
}

export interface SeedSummary {
  readonly projects: number;
  readonly users: number;
  readonly services: SeedCounts;
  readonly instances: SeedCounts;
}

/** Writes started together: they share a transaction, which may take some milliseconds. */
const AT_ONCE = 64;

/**
 * Creates or changes the cloud as the document says; anything it does not name stays. Loading it again changes nothing.
 * Owners and operators who watch see the additions and changes.
 * @throws DomainError `conflict` if an instance already exists in another project; what was loaded before it stays
 */
export async function applySeed(doc: SeedDocument, context: SeedContext): Promise<SeedSummary> {
  const { store, clock, rules } = context;
  const { actor = 'seed', progress = () => undefined } = context;
  const projects =
    context.accounts === undefined ? new Map<string, string>() : await applyAccounts(doc, context.accounts);

  await checkIds(doc, store);
  if (doc.flavors.length > 0) await store.putFlavors(doc.flavors);
  const services = await applyAll(doc.services, 'services', progress, (service, report) => {
    const decide = declareService(service, { uuid: context.uuid(), at: clock.now(), actor, rules });
    return store.updateService({ host: service.host, binary: service.binary }, (current) => {
      const decision = decide(current);
      report(current, decision.service);
      return decision;
    });
  });
  const instances = await applyAll(doc.instances, 'instances', progress, (instance, report) => {
    const named = context.projectIds?.get(instance.project_id) ?? instance.project_id;
    // A document may name a project by its name: the only way if the load has just drawn its id.
    const placed = { ...instance, project_id: projects.get(named) ?? named };
    const decide = declareInstance(placed, { at: clock.now(), actor, rules });
    return store.updateInstance(instance.id, (current, computeOf) => {
      const decision = decide(current, computeOf);
      report(current, decision.instance);
      return decision;
    });
  });
  const identity = context.accounts !== undefined;
  return {
    projects: identity ? doc.projects.length : 0,
    users: identity ? doc.users.length : 0,
    services,
    instances,
  };
}

/** @returns the ids of the document's projects, by id and by name */
async function applyAccounts(
  doc: SeedDocument,
  accounts: SeedAccounts,
): Promise<ReadonlyMap<string, string>> {
  const projects = new Map<string, string>();
  for (const { id, name } of doc.projects) {
    const project = await accounts.ensureProject(id === undefined ? { name } : { id, name });
    projects.set(name, project.id).set(project.id, project.id);
  }
  for (const { id, name, password, roles } of doc.users) {
    const user = await accounts.ensureUser(id === undefined ? { name, password } : { id, name, password });
    for (const { project, role } of roles) {
      await accounts.ensureRole(user.id, projects.get(project) ?? project, role);
    }
  }
  return projects;
}

/** Two services with one id or uuid would be one: the second would overwrite the row of the first. */
async function checkIds(doc: SeedDocument, store: Store): Promise<void> {
  // Reads all services, which a request that only creates missing hosts must not pay for.
  if (doc.services.every(({ id, uuid }) => id === undefined && uuid === undefined)) return;
  const there = await store.services();
  const byId = new Map(there.map((service) => [service.id, service]));
  const byUuid = new Map(there.map((service) => [service.uuid, service]));
  for (const [index, { id, uuid, host, binary }] of doc.services.entries()) {
    for (const [key, value, other] of [
      ['id', id, id === undefined ? undefined : byId.get(id)],
      ['uuid', uuid, uuid === undefined ? undefined : byUuid.get(uuid)],
    ] as const) {
      if (other === undefined || (other.host === host && other.binary === binary)) continue;
      const field = `services[${index}].${key}`;
      throw new DomainError(
        'conflict',
        `${field}: ${value} is ${other.binary} on ${other.host} already; leave it out, or delete that service first`,
        { field },
      );
    }
  }
}

type ReportChange = (before: unknown, after: unknown) => void;

async function applyAll<T>(
  list: readonly T[],
  name: string,
  progress: NonNullable<SeedContext['progress']>,
  apply: (item: T, report: ReportChange) => Promise<unknown>,
): Promise<SeedCounts> {
  const applied: SeedCounts = { added: 0, changed: 0, unchanged: 0 };
  for (let start = 0; start < list.length; start += AT_ONCE) {
    await Promise.all(
      list.slice(start, start + AT_ONCE).map(async (item, offset) => {
        let outcome: keyof SeedCounts = 'unchanged';
        try {
          await apply(item, (before, after) => {
            outcome = before === undefined ? 'added' : before === after ? 'unchanged' : 'changed';
          });
        } catch (error) {
          if (!(error instanceof DomainError)) throw error;
          const field = `${name}[${start + offset}]`;
          throw new DomainError(error.code, `${field}: ${error.message}`, { field, cause: error });
        }
        applied[outcome]++;
      }),
    );
    progress(name, Math.min(start + AT_ONCE, list.length), list.length);
  }
  return applied;
}
