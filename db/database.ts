/** What each database engine returns when a database is opened. */

import type { Clock } from '../server/domain/clock.ts';
import type { Rules } from '../server/domain/decision.ts';
import type { TicketStore } from '../server/identity/tokens/ticket-store.ts';
import type { Accounts } from '../server/ports/accounts.ts';
import type { AuditLog } from '../server/ports/audit-log.ts';
import type { CursorKeyStore } from '../server/ports/cursor-key-store.ts';
import type { DatabaseReport } from '../server/ports/database-report.ts';
import type { ExplanationLog } from '../server/ports/explanation-log.ts';
import type { NodeLink } from '../server/ports/node-link.ts';
import type { Store } from '../server/ports/store.ts';
import type { WatchKeyStore } from '../server/ports/watch-key-store.ts';
import type { WebhookStore } from '../server/ports/webhook-store.ts';
import type { Logger } from '../server/telemetry/logger.ts';

export interface OpenOptions {
  readonly clock: Clock;
  readonly rules: Rules;
  readonly logger?: Logger;
  /** Bytes of the database that may be cached in memory. */
  readonly cache?: number;
  /** Does not create a database: for commands that only read, where the name may be misspelt. */
  readonly mustExist?: boolean;
  /** Opens it as one of several nodes where the engine supports that; operators see `name`. */
  readonly asNode?: { readonly name?: string | undefined };
}

/** What a node needs of its database besides the ports. */
export interface NodeDatabase {
  readonly link: NodeLink;
  readonly tickets: TicketStore;
  /** How far commits are announced, and when this process last read the commits of others with success. */
  tail(): { readonly commit: number; readonly quietMs: number; readonly trouble?: string };
  /** How the database server is set up. */
  report(): Promise<DatabaseReport>;
}

export interface Database {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly audit: AuditLog;
  readonly explanations: ExplanationLog;
  readonly webhooks: WebhookStore;
  readonly watchKeys: WatchKeyStore;
  readonly cursorKeys: CursorKeyStore;
  /** Present where it was opened as one of several nodes. */
  readonly node?: NodeDatabase;
  /** Runs `work` while no other process that uses the database runs its own: for filling a new one. */
  oneAtATime<T>(work: () => Promise<T>): Promise<T>;
  /** Bytes of the write-ahead log, as last measured, where there is one. */
  walBytes?(): number;
  /** Commits what waits, then closes the database. */
  close(): Promise<void>;
}
