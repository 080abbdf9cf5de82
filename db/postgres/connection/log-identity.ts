/**
 * Identity of the log. A server that was promoted, or restored, continues under a new timeline, and may lack commits
 * that its predecessor had acknowledged: nothing can prove the contrary. So the timeline is part of the epoch: every
 * node computes the same new one, without writing anything, and every client starts over.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Instant } from '../../../server/domain/clock.ts';
import { DatabaseRefused } from '../../refused.ts';
import { type DatabaseAddress, nameOf } from './address.ts';
import { type Queryable, sqlState } from './driver.ts';

export interface LogIdentity {
  readonly epoch: string;
  readonly signingKey: Uint8Array;
}

/** What a new database needs besides its tables: written once. */
export async function beginLog(asked: Queryable, now: Instant): Promise<void> {
  await asked.query({
    text: 'INSERT INTO meta (epoch, signing_key, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    values: [randomBytes(9).toString('base64url'), randomBytes(32), now],
  });
  await asked.query({
    text: 'INSERT INTO head (head, fence, next_service_id) VALUES (0, 0, 1) ON CONFLICT DO NOTHING',
  });
  await asked.query({ text: 'INSERT INTO history_place (up_to) VALUES (0) ON CONFLICT DO NOTHING' });
}

/** @throws DatabaseRefused where the server does not reveal its timeline */
export async function logIdentity(asked: Queryable, address: DatabaseAddress): Promise<LogIdentity> {
  const { rows } = await asked.query({ text: 'SELECT epoch, signing_key, origin FROM meta' });
  const { epoch, signing_key, origin: original } = rows[0];
  const origin = address.lineage === 'stored' ? '' : await originOf(asked, address);
  const derived = createHash('sha256').update(`${epoch}\n${origin}`).digest('base64url').slice(0, 12);
  return { epoch: origin === original ? epoch : derived, signingKey: new Uint8Array(signing_key) };
}

/**
 * The server and its timeline: where records are inserted now, and not the last checkpoint's, which may still name the
 * old timeline.
 */
export async function originOf(asked: Queryable, address: DatabaseAddress): Promise<string> {
  try {
    const { rows } = await asked.query({
      text: 'SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8) AS timeline, system_identifier::text AS system FROM pg_control_system()',
    });
    return `${rows[0].system} ${rows[0].timeline}`;
  } catch (error) {
    if (!['42501', '42883', '0A000'].includes(sqlState(error) ?? '')) throw error;
    throw new DatabaseRefused(
      'unsupported',
      `${nameOf(address)} does not reveal its timeline: grant EXECUTE ON FUNCTION pg_control_system, or add lineage=stored to HOSTBEAT_DATABASE_URL if no failover of it loses an acknowledged commit`,
      { cause: error },
    );
  }
}
