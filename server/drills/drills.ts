/** Starts, lists and ends a project's drills for its members. Decides for every caller who may do so. */
import { type AuditChanges, auditEntry, shortened } from '../domain/audit.ts';
import { type Clock, type Duration, rfc3339 } from '../domain/clock.ts';
import { type Drill, type DrillStatus, onDrillEnded, onDrillStarted } from '../domain/drill.ts';
import { DomainError } from '../domain/errors.ts';
import { auditShareOf, type Identity } from '../identity/identity.ts';
import { MintRate } from '../identity/tokens/mint-rate.ts';
import type { Store } from '../ports/store.ts';

/** What a member asks for. */
export interface NewDrill {
  /** In lower case, without duplicates. */
  readonly servers: readonly string[];
  readonly status: DrillStatus;
  readonly duration: Duration;
}

export interface DrillsOptions {
  readonly store: Pick<Store, 'updateDrills' | 'drills'>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly newId: () => string;
  readonly maxPerProject: number;
  /** Does the policy show this identity every host_status of its project's servers? */
  readonly seesAll: (identity: Identity) => boolean;
  /** Called when a drill started and has an end to watch. */
  readonly started: () => void;
}

/**
 * For one project: this many at once, then one every three seconds. Each writes a row to the log, and sends frames to
 * every follower.
 */
const STARTS = { burst: 20, perSecond: 1 / 3 };

export class Drills {
  readonly #with: DrillsOptions;
  readonly #rate: MintRate;

  constructor(options: DrillsOptions) {
    this.#with = options;
    this.#rate = new MintRate(options.clock, STARTS);
  }

  /** @throws DomainError `forbidden` for a caller that may start no drill, whatever it asks for */
  demand(identity: Identity): void {
    this.#mayRehearse(identity);
  }

  /**
   * @param from address of the caller, for the audit log
   * @throws DomainError `forbidden`; `too_many` above the rate; `not_found` and `conflict` as `onDrillStarted` says
   */
  async start(wanted: NewDrill, identity: Identity, from?: string): Promise<Drill> {
    const { store, clock, newId, maxPerProject, started } = this.#with;
    const projectId = this.#mayRehearse(identity);
    const wait = this.#rate.take(projectId);
    if (wait > 0)
      throw new DomainError(
        'too_many',
        `this project starts drills too often: ${STARTS.burst} at once, and then one every ${1 / STARTS.perSecond} seconds; try again in ${Math.ceil(wait / 1_000)} s`,
        { retryAfterMs: wait },
      );
    const { servers, status, duration } = wanted;
    const startedAt = clock.now();
    const drill: Drill = {
      id: newId(),
      projectId,
      userId: identity.userId,
      servers,
      status,
      startedAt,
      endsAt: startedAt + duration,
    };
    const by = { actor: identity.userId, at: startedAt, from, share: auditShareOf(identity) };
    const audit = auditEntry('drill.start', `drill:${drill.id}`, auditChanges(drill, 'start'), by);
    const reach = reachOf(identity);
    await store.updateDrills(projectId, servers, (drills, stateOf) => ({
      ...onDrillStarted(drills, drill, (id) => (reach(id) ? stateOf(id) : undefined), maxPerProject),
      audit,
    }));
    started();
    return drill;
  }

  /** The running drills; a watch key sees only drills of its own servers. @throws DomainError `forbidden` */
  async list(identity: Identity): Promise<readonly Drill[]> {
    const projectId = this.#mayLook(identity);
    const reach = reachOf(identity);
    return (await this.#with.store.drills(projectId)).filter(({ servers }) => servers.every(reach));
  }

  /**
   * Ends a drill early. @throws DomainError `forbidden`; `not_found` both for another project's drill and for one that
   * has ended
   */
  async end(id: string, identity: Identity, from?: string): Promise<void> {
    const { store, clock } = this.#with;
    const projectId = this.#mayRehearse(identity);
    const drill = (await this.list(identity)).find((one) => one.id === id);
    if (drill === undefined) throw notThere(id);
    const at = clock.now();
    const by = { actor: identity.userId, at, from, share: auditShareOf(identity) };
    const audit = auditEntry('drill.end', `drill:${id}`, auditChanges(drill, 'end'), by);
    await store.updateDrills(projectId, drill.servers, (drills, stateOf) => {
      // The drill may have ended since the lookup.
      if (!drills.some((one) => one.id === id)) throw notThere(id);
      return { ...onDrillEnded(drills, id, at, stateOf), audit };
    });
  }

  /** @throws DomainError `forbidden` */
  #mayLook(identity: Identity): string {
    const { kind, mayDrill, projectId } = identity;
    if (kind === 'watch' && mayDrill !== true)
      throw new DomainError(
        'forbidden',
        'This watch key was made without the right to drills: make one with "drills": true',
      );
    if (kind === 'agent') throw new DomainError('forbidden', 'Drills are for users and watch keys');
    if (projectId === null)
      throw new DomainError('forbidden', 'The token has no project: get one that is scoped to a project');
    if (!this.#with.seesAll(identity))
      throw new DomainError('forbidden', 'The policy does not show all of host_status to this token');
    return projectId;
  }

  /** @throws DomainError `forbidden` */
  #mayRehearse(identity: Identity): string {
    const projectId = this.#mayLook(identity);
    // The member who made a watch key had this right and chose to give it to the key.
    if (identity.kind !== 'watch' && identity.roles.every((role) => role.toLowerCase() === 'reader'))
      throw new DomainError('forbidden', 'A role beyond "reader" is needed');
    return projectId;
  }
}

/** Which servers of its project an identity reaches; to a watch key, all others do not exist. */
function reachOf({ servers }: Identity): (id: string) => boolean {
  if (servers === undefined) return () => true;
  const own = new Set(servers);
  return (id) => own.has(id);
}

function notThere(id: string): DomainError {
  return new DomainError('not_found', `There is no drill ${id.slice(0, 64)}, or it is over`);
}

function auditChanges(drill: Drill, what: 'start' | 'end'): AuditChanges {
  const fields = {
    project_id: drill.projectId,
    servers: shortened(drill.servers),
    status: drill.status,
    until: rfc3339(drill.endsAt),
  };
  const pair = (value: unknown) => (what === 'start' ? [null, value] : [value, null]) as [unknown, unknown];
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, pair(value)]));
}
