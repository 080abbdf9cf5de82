/** The only file that names the driver. */
import pg from 'pg';
import type { DatabaseAddress, Host } from './address.ts';

export type Client = pg.Client;
export type Pool = pg.Pool;
export type Row = pg.QueryResultRow;

/** What runs queries: a connection, or a pool that lends one. */
export interface Queryable {
  query(query: Query): Promise<pg.QueryResult>;
}

/** `name` makes it a prepared statement: for texts of which there are few. */
export interface Query {
  readonly text: string;
  readonly name?: string;
  readonly values?: unknown[];
  readonly rowMode?: 'array';
}

const INT8 = 20;
const NUMERIC = 1700;

/** All our numbers are below 2^53. */
const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC
      ? Number
      : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

const CONNECT_MS = 5_000;
const IDLE_MS = 60_000;
/** Longer than PostgreSQL lets a statement of a reader run: where its answer does not come, neither does its refusal. */
const ANSWER_MS = 32_000;

const connections = new WeakMap<Pool, Set<Client>>();

function configOf(address: DatabaseAddress, { host, port }: Host): pg.ClientConfig {
  const { database, user, password } = address;
  return {
    host,
    port,
    database,
    user,
    password: password ?? '',
    ssl: tlsOf(address, host),
    types,
    keepAlive: true,
    keepAliveInitialDelayMillis: 1_000,
    connectionTimeoutMillis: CONNECT_MS,
    // Queries of one call go out together.
    pipeline: true,
  } as pg.ClientConfig;
}

function tlsOf({ sslMode, ca }: DatabaseAddress, host: string): pg.ClientConfig['ssl'] {
  if (sslMode === 'disable' || host.startsWith('/')) return false;
  const settings = {
    rejectUnauthorized: sslMode !== 'require',
    ...(sslMode === 'verify-ca' ? { checkServerIdentity: () => undefined } : {}),
  };
  if (ca === undefined) return settings;
  // The driver copies it for each connection, a pool's too: that is when the file is read.
  return Object.defineProperty(settings, 'ca', { enumerable: true, get: ca });
}

export async function connectTo(
  address: DatabaseAddress,
  host: Host,
  prepare: (client: Client) => Promise<unknown>,
): Promise<Client> {
  const client = new pg.Client(configOf(address, host));
  // Every query rejects by itself; without a listener the process would end.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await prepare(client);
    return client;
  } catch (error) {
    letGo(client);
    throw error;
  }
}

export function poolOf(
  address: DatabaseAddress,
  host: Host,
  max: number,
  prepare: (client: Client) => Promise<unknown>,
): Pool {
  const pool = new pg.Pool({
    ...configOf(address, host),
    max,
    query_timeout: ANSWER_MS,
    idleTimeoutMillis: IDLE_MS,
    onConnect: (client: unknown) => prepare(client as Client),
  } as pg.PoolConfig);
  pool.on('error', () => undefined);
  const open = new Set<Client>();
  connections.set(pool, open);
  pool.on('connect', (client) => {
    // The pool listens only while a client is idle: losing a lent one would end the process.
    client.on('error', () => undefined);
    open.add(client as unknown as Client);
  });
  pool.on('remove', (client) => void open.delete(client as unknown as Client));
  return pool;
}

/** The pool's connections, lent or idle. */
export function connectionsOf(pool: Pool): Client[] {
  return [...(connections.get(pool) ?? [])];
}

/** Ends a connection without waiting for the query under way on it. */
export function letGo(client: Client): void {
  client.end().catch(() => undefined);
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
}

/** The server's five-character code of an error (`23505` …), undefined for an error that is not the server's. */
export function sqlState(error: unknown): string | undefined {
  for (const each of [error, (error as Error | undefined)?.cause]) {
    if (each instanceof pg.DatabaseError) return each.code;
  }
  return undefined;
}

/** Name of the violated constraint. */
export function constraintOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.constraint : undefined;
}
