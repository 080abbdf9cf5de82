import { randomBytes } from 'node:crypto';
import type { Instant } from '../../../server/domain/clock.ts';
import { meta } from '../schema/compute.ts';
import type { SqliteConnection } from './connection.ts';

export interface Epoch {
  readonly epoch: string;
  readonly signingKey: Uint8Array;
}

/** The log's identity as stored in the database; a new database gets one. */
export function epochOf({ drizzle }: SqliteConnection, now: Instant): Epoch {
  drizzle
    .insert(meta)
    .values({ id: 1, ...newEpoch(), createdAt: now })
    .onConflictDoNothing()
    .run();
  return drizzle.select({ epoch: meta.epoch, signingKey: meta.signingKey }).from(meta).get() as Epoch;
}

/**
 * Begins a new epoch: for a database restored to an older point, whose numbers clients may have seen on other
 * items. The key stays, so that an old cursor is answered `epoch` and does not look forged.
 */
export function renewEpoch({ drizzle }: SqliteConnection): void {
  drizzle.update(meta).set({ epoch: newEpoch().epoch }).run();
}

function newEpoch() {
  return { epoch: randomBytes(9).toString('base64url'), signingKey: randomBytes(32) };
}
