import { defineConfig } from 'drizzle-kit';

/** One file for every dialect: DB_DIALECT picks the schema and the history that belong together. */
const dialect = process.env.DB_DIALECT ?? 'sqlite';
if (dialect !== 'sqlite') throw new Error(`DB_DIALECT=${dialect}: only "sqlite" has a schema`);

export default defineConfig({
  dialect,
  schema: [
    `./db/${dialect}/schema/compute.ts`,
    `./db/${dialect}/schema/identity.ts`,
    `./db/${dialect}/schema/history.ts`,
    `./db/${dialect}/schema/webhooks.ts`,
    `./db/${dialect}/schema/drills.ts`,
  ],
  out: `./migrations/${dialect}`,
});
