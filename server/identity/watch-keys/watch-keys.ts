/** A project's watch keys, which its members make, list and revoke. Decides for every caller who may. */
import type { Clock, Instant } from '../../domain/clock.ts';
import { DomainError } from '../../domain/errors.ts';
import type { WatchKey, WatchKeyStore } from '../../ports/watch-key-store.ts';
import type { Identity } from '../identity.ts';
import { MintRate } from '../tokens/mint-rate.ts';
import type { Revocations } from '../tokens/revocations.ts';
import { hashToken, newId, newSecret, type RandomBytes, WATCH_KEY_PREFIX } from '../tokens/secrets.ts';
import type { LastUse } from './last-use.ts';

/** What a member chooses. */
export interface NewWatchKey {
  readonly name: string;
  /** In lower case, each once. Null: every server of the project. */
  readonly servers: readonly string[] | null;
  readonly expiresAt: Instant | null;
  /** The key may start and end drills of its servers. */
  readonly mayDrill: boolean;
}

export interface WatchKeysOptions {
  readonly keys: WatchKeyStore;
  readonly revocations: Revocations;
  readonly lastUse: Pick<LastUse, 'write'>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly random: RandomBytes;
  readonly maxPerProject: number;
  /** Whether the policy shows this identity the servers of its project. */
  readonly mayFollow: (identity: Identity) => boolean;
  /** Whether the policy shows this identity the servers of every project. */
  readonly mayFollowAll: (identity: Identity) => boolean;
}

/** Roles that reach beyond a project, or report: a key never gets them. */
const NOT_HANDED_ON = new Set(['admin', 'service', 'fencer']);

/** Rate for one project, beside its limit of keys: a burst, then one key every so many seconds. */
const MADE = { more: 200, perSecond: 1 / 10 };

export class WatchKeys {
  readonly #with: WatchKeysOptions;
  /** Each key is two entries of the audit log, which all projects share: one project must not fill it. */
  readonly #rate: MintRate;

  constructor(options: WatchKeysOptions) {
    this.#with = options;
    const { more, perSecond } = MADE;
    this.#rate = new MintRate(options.clock, { burst: options.maxPerProject + more, perSecond });
  }

  /**
   * @returns the key itself, which is stored nowhere
   * @throws DomainError `forbidden` for a caller who may not make keys, `invalid` for an expiry that has passed,
   * `conflict` above the limit, `too_many` above the rate
   */
  async add(
    wanted: NewWatchKey,
    identity: Identity,
  ): Promise<{ readonly secret: string; readonly key: WatchKey }> {
    const { keys, clock, random, maxPerProject, mayFollow } = this.#with;
    const projectId = this.#mayManage(identity);
    const now = clock.now();
    if (wanted.expiresAt !== null && wanted.expiresAt <= now)
      throw new DomainError('invalid', 'expires_at: must be in the future', { field: 'expires_at' });
    const secret = newSecret(WATCH_KEY_PREFIX, random);
    const key: WatchKey = {
      ...wanted,
      id: newId(random),
      hash: hashToken(secret),
      projectId,
      roles: identity.roles.filter((role) => !NOT_HANDED_ON.has(role.toLowerCase())),
      createdBy: identity.userId,
      createdAt: now,
      lastUsedAt: null,
      suspendedAt: null,
    };
    const { service: _, ...alone } = identity;
    if (!mayFollow({ ...alone, roles: key.roles }))
      throw new DomainError(
        'forbidden',
        'The policy would not show host_status to this key: it has the roles of its maker without admin, service and fencer',
      );
    const wait = this.#rate.take(projectId);
    if (wait > 0)
      throw new DomainError(
        'too_many',
        `this project makes watch keys too often: ${maxPerProject + MADE.more} at once, and then one every ${1 / MADE.perSecond} seconds; try again in ${Math.ceil(wait / 1_000)} s`,
        { retryAfterMs: wait },
      );
    await keys.add(key, maxPerProject);
    return { secret, key };
  }

  /** @throws DomainError `forbidden` for a caller who may not make keys, whatever the change */
  demand(identity: Identity): void {
    this.#mayManage(identity);
  }

  /** @throws DomainError `forbidden` */
  async list(identity: Identity, projectId?: string): Promise<readonly WatchKey[]> {
    const own = this.#mayLook(identity, projectId);
    await this.#with.lastUse.write();
    return this.#with.keys.ofProject(own);
  }

  /** @throws DomainError `forbidden`; `not_found` for another project's key and for a missing one alike */
  async revoke(id: string, identity: Identity): Promise<WatchKey> {
    const { keys, revocations, mayFollowAll } = this.#with;
    const projectId = this.#mayManage(identity);
    const key = await keys.key(id);
    const isTheirs = key !== undefined && (key.projectId === projectId || mayFollowAll(identity));
    if (!isTheirs || !(await keys.remove(id)))
      throw new DomainError('not_found', `There is no watch key ${id.slice(0, 64)}`);
    revocations.ended({ userId: id });
    return key;
  }

  /** @throws DomainError `forbidden` */
  #mayLook(identity: Identity, projectId = identity.projectId): string {
    const { mayFollow, mayFollowAll } = this.#with;
    if (identity.kind !== 'user') throw new DomainError('forbidden', 'Watch keys are managed by users');
    if (projectId === null)
      throw new DomainError('forbidden', 'The token has no project: get one that is scoped to a project');
    if (projectId !== identity.projectId && !mayFollowAll(identity))
      throw new DomainError('forbidden', 'This token gives no access to the watch keys of another project');
    if (!mayFollow(identity))
      throw new DomainError('forbidden', 'The policy does not show host_status to this token');
    return projectId;
  }

  /** @throws DomainError `forbidden` */
  #mayManage(identity: Identity): string {
    const projectId = this.#mayLook(identity);
    if (identity.roles.every((role) => role.toLowerCase() === 'reader'))
      throw new DomainError('forbidden', 'A role beyond "reader" is needed');
    if (identity.isRestricted)
      throw new DomainError(
        'forbidden',
        'A restricted application credential cannot manage watch keys: log in as its user, or make it unrestricted',
      );
    return projectId;
  }
}
