import { defineConfig } from 'drizzle-kit';

/** One file for every dialect: DB_DIALECT picks the schema and the history that belong together. */
const DIALECTS = {
  sqlite: {
    dialect: 'sqlite',
    files: [
      'compute',
      'identity',
      'history',
      'webhooks',
      'drills',
      'watch-keys',
      'cursor-keys',
      'explanations',
    ],
  },
  postgres: {
    dialect: 'postgresql',
    files: [
      'compute',
      'log',
      'nodes',
      'identity',
      'webhooks',
      'drills',
      'watch-keys',
      'cursor-keys',
      'explanations',
    ],
  },
} as const;

const name = process.env.DB_DIALECT ?? 'sqlite';
if (!(name in DIALECTS)) throw new Error(`DB_DIALECT=${name}: there are ${Object.keys(DIALECTS).join(', ')}`);
const { dialect, files } = DIALECTS[name as keyof typeof DIALECTS];

export default defineConfig({
  dialect,
  schema: files.map((file) => `./db/${name}/schema/${file}.ts`),
  out: `./migrations/${name}`,
});
