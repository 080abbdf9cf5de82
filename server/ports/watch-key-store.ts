/**
 * PORT. Storage of projects' watch keys: hashed, with the rights of each. Rules are not here. Methods are asynchronous
 * so that a database across a network can implement the same port; `tests/contract/watch-keys.contract.ts` says what an
 * adapter must do.
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
  /** The roles by which the policy judges it: those of its maker, without roles that reach beyond a project. */
  readonly roles: readonly string[];
  /** Id of the user who made it. The key does not depend on this user. */
  readonly createdBy: string;
  readonly createdAt: Instant;
  /** Null: valid until revoked. */
  readonly expiresAt: Instant | null;
  /** Null: never. */
  readonly lastUsedAt: Instant | null;
  /** Since when its project is missing or disabled in the Keystone that keeps it; the key opens nothing meanwhile. */
  readonly suspendedAt: Instant | null;
  /** May it rehearse: start and end drills of its servers? */
  readonly mayDrill: boolean;
}

export interface WatchKeyUse {
  readonly id: string;
  readonly at: Instant;
}

/**
 * `Accounts.removeProject` also removes the project's keys and `Accounts.changeProjectId` moves them, each in its own
 * transaction. An adapter with several processes reports a removed or suspended key to the others as
 * `Committed.touched`: `{ userId: id of the key }`, or `{ projectId }`.
 */
export interface WatchKeyStore {
  /**
   * Adds it. If the project has `most` keys, keys that have expired by `key.createdAt` are removed first.
   * @throws DomainError `conflict` if it still has `most`; nothing was changed then
   */
  add(key: WatchKey, most: number): Promise<void>;
  byHash(hash: string): Promise<WatchKey | undefined>;
  key(id: string): Promise<WatchKey | undefined>;
  /** Oldest first, those of one instant by id. */
  ofProject(projectId: string): Promise<readonly WatchKey[]>;
  /** Projects that have keys, each once, by id. */
  projects(): Promise<readonly string[]>;
  /** @returns whether the key existed */
  remove(id: string): Promise<boolean>;
  /** @returns the removed keys */
  removeOfProject(projectId: string): Promise<readonly WatchKey[]>;
  /** Writes last uses in one transaction. Never moves one back; ignores ids that no longer exist. */
  used(uses: readonly WatchKeyUse[]): Promise<void>;
  /** Suspends the project's keys, or lifts the suspension. An existing instant stays. @returns how many changed */
  suspend(projectId: string, at: Instant | null): Promise<number>;
}

export function watchKeyLimit(most: number): DomainError {
  return new DomainError(
    'conflict',
    `this project has reached its limit of ${most} watch keys (HOSTBEAT_MAX_WATCH_KEYS_PER_PROJECT): revoke one that is not used any more`,
  );
}
