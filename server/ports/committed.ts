/** What a commit announces to the parts of this process, and to other nodes. */
import type { Service } from '../domain/service.ts';
import type { LogRow } from './log.ts';

/** What one transaction did, announced after its commit, in the order of commits. */
export interface Committed {
  readonly rows: readonly LogRow[];
  /** Services as they are now, for listeners that keep them in memory. */
  readonly services: readonly Service[];
  readonly removedServices: readonly Service[];
  /** Users and projects whose rights or webhooks this commit changed, for other processes that must know. */
  readonly touched?: readonly Touched[];
}

/** The owner of the changed accounts, tokens or webhooks: a user, a project, or both. */
export interface Touched {
  readonly userId?: string;
  readonly projectId?: string;
  readonly webhooks?: true;
  /** Instead of an owner: another key now seals cursors. */
  readonly cursorKeys?: true;
  /** Rights were only added, none removed. */
  readonly given?: true;
}
