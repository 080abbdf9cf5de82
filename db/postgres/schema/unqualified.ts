/**
 * Takes the schema "public" out of the generated PostgreSQL migrations: the tables belong in the schema that the
 * operator names, which drizzle-kit cannot know. Run after `drizzle-kit generate`; a test checks that it was.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function unqualified(sql: string): string {
  return sql.replaceAll('"public".', '');
}

if (import.meta.main) {
  const folder = fileURLToPath(new URL('../../../migrations/postgres', import.meta.url));
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.sql'))) {
    const file = `${folder}/${name}`;
    writeFileSync(file, unqualified(readFileSync(file, 'utf8')));
  }
}
