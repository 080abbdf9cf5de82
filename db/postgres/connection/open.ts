/** From a URL to a server that we may write: found, examined, locked, migrated, in this order. */
import { hostname } from 'node:os';
import type { Instant } from '../../../server/domain/clock.ts';
import type { Logger } from '../../../server/telemetry/logger.ts';
import { DatabaseRefused } from '../../refused.ts';
import { beginEntry, newEntry } from '../commit/lineage-entry.ts';
import type { Place } from '../commit/tail.ts';
import { type DatabaseAddress, nameOf, postgresAddress } from './address.ts';
import { type Client, letGo, type Queryable } from './driver.ts';
import { isDatabases } from './errors.ts';
import { raiseFence, shareLock, takeLock } from './exclusive.ts';
import { beginLog, type LogIdentity, logIdentity } from './log-identity.ts';
import { migratePostgres } from './migrate.ts';
import { examineServer, refusePooler } from './preflight.ts';
import { Reads } from './reads.ts';
import { connectPrimary, type FoundPrimary, refusedBy } from './session.ts';

export interface OpenServerOptions {
  readonly now: Instant;
  readonly logger: Logger;
  /** Engine options for `nodes`. */
  readonly version: string;
  /** Does not create a database. */
  readonly mustExist?: boolean;
  /** Other nodes may write too. */
  readonly shared?: boolean;
  /** How other processes see this one; by default the machine's name. */
  readonly name?: string | undefined;
}

/** What the database says about itself to a process that will write. */
export interface WriterArrival {
  readonly identity: LogIdentity;
  readonly place: Place;
  /** What the head row says while this process alone may write; undefined where others may too. */
  readonly fence: number | undefined;
  /** Its value before this process came. */
  readonly formerFence: number;
}

export interface OpenedServer extends WriterArrival {
  readonly address: DatabaseAddress;
  readonly found: FoundPrimary;
  readonly reads: Reads;
  readonly node: number;
  readonly name: string;
  readonly isAlone: boolean;
  /** For a connection made later. @throws DatabaseRefused `locked` if we may not write any more */
  arriveAgain(client: Client, now: Instant): Promise<WriterArrival>;
}

/** @throws DatabaseRefused saying why nothing was changed, and what to do */
export async function openServer(url: string, options: OpenServerOptions): Promise<OpenedServer> {
  const { now, logger, version, mustExist = false, shared = false, name = hostname() } = options;
  const address = postgresAddress(url);
  const found = await connectPrimary(address, 'writer');
  const { client, host } = found;
  try {
    const { hasSchema } = await examineServer(client, address);
    if (mustExist && !hasSchema) {
      throw new DatabaseRefused(
        'unreachable',
        `${nameOf(address)} has no schema "${address.schema}" of hostbeat: name the right one in HOSTBEAT_DATABASE_URL, or begin it with "hostbeat migrate"`,
      );
    }
    await refusePooler(client, address);
    await (shared ? shareLock(client, address) : takeLock(client, address));
    await migratePostgres(client, address, hasSchema);
    await beginLog(client as unknown as Queryable, now);
    const arrival = await arrive(client, address, shared, now);
    const node = await client.query({
      text: 'INSERT INTO nodes (name, version, started_at) VALUES ($1, $2, $3) RETURNING id',
      values: [name, version, now],
    });
    let session = await sessionOf(client);
    return {
      ...arrival,
      address,
      found,
      reads: new Reads(address, host, logger),
      node: node.rows[0].id,
      name,
      isAlone: !shared,
      async arriveAgain(fresh, at) {
        await (shared ? shareLock(fresh, address) : takeLock(fresh, address, session));
        session = await sessionOf(fresh);
        // A newer version may have changed the tables while nobody relied on them here.
        await migratePostgres(fresh, address, true);
        return arrive(fresh, address, shared, at);
      },
    };
  } catch (error) {
    letGo(client);
    throw !(error instanceof DatabaseRefused) && isDatabases(error) ? refusedBy([error], address) : error;
  }
}

/**
 * With the head row locked. Rows that are written from now on get their own lineage entry, because it is unknown
 * whether this is the state that the last process left.
 */
async function arrive(
  client: Client,
  address: DatabaseAddress,
  shared: boolean,
  now: Instant,
): Promise<WriterArrival> {
  const asked = client as unknown as Queryable;
  const identity = await logIdentity(asked, address);
  await client.query('BEGIN');
  const { rows } = await client.query('SELECT fence FROM head FOR UPDATE');
  const place = await placeOf(asked);
  for (const query of beginEntry(newEntry(), now, 'start')) await client.query(query);
  const fence = shared ? undefined : await raiseFence(client);
  await client.query('COMMIT');
  return { identity, place, fence, formerFence: rows[0].fence };
}

/** The newest commit. */
export async function placeOf(asked: Queryable): Promise<Place> {
  const { rows } = await asked.query({ text: 'SELECT id, log_up_to FROM commits ORDER BY id DESC LIMIT 1' });
  return { commit: rows[0]?.id ?? 0, logUpTo: rows[0]?.log_up_to ?? 0 };
}

async function sessionOf(client: Client): Promise<number> {
  return (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
}
