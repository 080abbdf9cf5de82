/**
 * PORT. Projects' watch keys as they are kept: hashed, with what each may be used for. Rules are not here. Answers are
 * asynchronous so that a database across a network can stand behind the same port;
 * `tests/contract/watch-keys.contract.ts` says what an adapter must do.
 */
import type { Instant } from '../domain/clock.ts';
import { DomainError } from '../domain/errors.ts';

/** A project's own key: it may follow the named servers, or all of the project's, and do nothing else. */
export interface WatchKey {
  readonly id: string;
  /** SHA-256 of the key, hex. */
  readonly hash: string;
  readonly projectId: string;
  readonly name: string;
  /** In lower case. Null: every server of the project. */
  readonly servers: readonly string[] | null;
  /** What the policy judges it by: the roles of its maker, without those that reach beyond a project. */
  readonly roles: readonly string[];
  /** Id of the user who made it. The key does not depend on that user. */
  readonly createdBy: string;
  readonly createdAt: Instant;
  /** Null: good until revoked. */
  readonly expiresAt: Instant | null;
  /** Null: never. */
  readonly lastUsedAt: Instant | null;
  /** Since when its project is gone or disabled in the Keystone that keeps it; the key opens nothing meanwhile. */
  readonly suspendedAt: Instant | null;
  /** It may rehearse: start and end drills of its servers. */
  readonly mayDrill: boolean;
}

export interface WatchKeyUse {
  readonly id: string;
  readonly at: Instant;
}

/**
 * `Accounts.removeProject` takes the project's keys along and `Accounts.changeProjectId` moves them, each in its own
 * transaction. An adapter with several processes reports a key that is removed or suspended to the others as
 * `Committed.touched`: `{ userId: id of the key }`, or `{ projectId }`.
 */
export interface WatchKeyStore {
  /**
   * Adds it. Where the project has `most` keys, those that have expired by `key.createdAt` are removed first.
   * @throws DomainError `conflict` if it has `most` all the same; nothing was changed then
   */
  add(key: WatchKey, most: number): Promise<void>;
  byHash(hash: string): Promise<WatchKey | undefined>;
  key(id: string): Promise<WatchKey | undefined>;
  /** Oldest first, those of one instant by id. */
  ofProject(projectId: string): Promise<readonly WatchKey[]>;
  /** Projects that have keys, each once, by id. */
  projects(): Promise<readonly string[]>;
  /** @returns whether there was one */
  remove(id: string): Promise<boolean>;
  /** @returns the keys that went */
  removeOfProject(projectId: string): Promise<readonly WatchKey[]>;
  /** Writes last uses in one transaction. None is moved back; ids that are gone are passed over. */
  used(uses: readonly WatchKeyUse[]): Promise<void>;
  /** Suspends the project's keys, or lifts that. An instant that is there already stays. @returns how many changed */
  suspend(projectId: string, at: Instant | null): Promise<number>;
}

export function watchKeyLimit(most: number): DomainError {
  return new DomainError(
    'conflict',
    `this project has reached its limit of ${most} watch keys (HOSTBEAT_MAX_WATCH_KEYS_PER_PROJECT): revoke one that is not used any more`,
  );
}
