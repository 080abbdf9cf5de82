/**
 * Makes every table of the generated SQLite migrations STRICT, so that no text can be stored in a number's column:
 * drizzle-kit cannot express it. Run after `drizzle-kit generate`; a test checks that it was.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { migrationsFolder } from '../file/migrate.ts';

export function strict(sql: string): string {
  return sql.replace(/(CREATE TABLE [\s\S]*?\n\));/g, '$1 STRICT;');
}

if (import.meta.main) {
  const folder = migrationsFolder('sqlite');
  for (const name of readdirSync(folder).filter((entry) => entry.endsWith('.sql'))) {
    const file = `${folder}/${name}`;
    writeFileSync(file, strict(readFileSync(file, 'utf8')));
  }
}
