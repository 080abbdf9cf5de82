/** Stores on PostgreSQL for tests: each in its own schema, on the server of HOSTBEAT_TEST_POSTGRES_URL. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Database } from '../../../db/open.ts';
import { openPostgres } from '../../../db/postgres/open.ts';
import type { Store } from '../../../server/ports/store.ts';
import { FakeClock } from '../clock.ts';
import { TEST_RULES, type TestStore, type TestStoreOptions } from '../store.ts';

const server = process.env.HOSTBEAT_TEST_POSTGRES_URL;

/** Whether there is a server; prints one line if there is not. */
export function hasPostgres(what: string): boolean {
  if (server === undefined)
    console.log(`skipped, for want of HOSTBEAT_TEST_POSTGRES_URL: ${what} (npm run test:postgres)`);
  return server !== undefined;
}

export interface FreshSchema {
  readonly url: string;
  query(text: string): Promise<pg.QueryResult>;
  drop(): Promise<void>;
}

/** A new name; `drop` removes what was created under it. */
export function freshSchema(): FreshSchema {
  if (server === undefined) throw new Error('HOSTBEAT_TEST_POSTGRES_URL is not set');
  const schema = `t${randomUUID().replaceAll('-', '')}`;
  const url = `${server}${server.includes('?') ? '&' : '?'}schema=${schema}`;
  const query = async (text: string) => {
    const client = new pg.Client({ connectionString: server.split('?')[0] });
    await client.connect();
    try {
      await client.query(`SET search_path TO "${schema}"`);
      return await client.query(text);
    } finally {
      await client.end();
    }
  };
  return { url, query, drop: async () => void (await query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`)) };
}

export async function openPostgresStore(
  options: Omit<TestStoreOptions, 'file' | 'once'> = {},
): Promise<TestStore> {
  const schema = freshSchema();
  const clock = options.clock ?? new FakeClock();
  const rules = { ...TEST_RULES, ...options.rules };
  let database = await openPostgres(schema.url, { clock, rules });
  return view(() => database, {
    clock,
    rules,
    url: schema.url,
    async reopen(): Promise<Store> {
      await database.close();
      database = await openPostgres(schema.url, { clock, rules });
      return database.store;
    },
    async close() {
      await database.close();
      await schema.drop();
    },
  });
}

/** Two processes' stores on one database: written through `a`, announced by `b`. */
export async function openTwoStores(): Promise<{
  readonly a: TestStore;
  readonly b: TestStore;
  close(): Promise<void>;
}> {
  const schema = freshSchema();
  const clock = new FakeClock();
  const open = async (): Promise<TestStore> => {
    const database = await openPostgres(schema.url, { clock, rules: TEST_RULES, asNode: {} });
    return view(() => database, { clock, rules: TEST_RULES, url: schema.url, close: () => database.close() });
  };
  const a = await open();
  const b = await open();
  return {
    a,
    b,
    async close() {
      await a.close();
      await b.close();
      await schema.drop();
    },
  };
}

/** The present store: one that was opened again is another object. */
function view(
  current: () => Database,
  more: Omit<
    TestStore,
    'store' | 'audit' | 'explanations' | 'accounts' | 'webhooks' | 'watchKeys' | 'cursorKeys'
  >,
): TestStore {
  return {
    ...more,
    get store() {
      return current().store;
    },
    get audit() {
      return current().audit;
    },
    get explanations() {
      return current().explanations;
    },
    get accounts() {
      return current().accounts;
    },
    get webhooks() {
      return current().webhooks;
    },
    get cursorKeys() {
      return current().cursorKeys;
    },
    get watchKeys() {
      return current().watchKeys;
    },
  };
}
