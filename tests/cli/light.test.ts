/** What a command loads it waits for, and an agent runs on every host: some packages must stay away from it. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('what commands load');

const cli = resolve(import.meta.dirname, '../../server/cli');

/** Packages that a file needs at run time, through every static import. */
function packagesOf(file: string, seen = new Set<string>()): ReadonlySet<string> {
  const found = new Set<string>();
  if (seen.has(file)) return found;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, clause = '', to = ''] of text.matchAll(
    /^(?:import|export)\s+(?:([^'"=;]*?)\s+from\s+)?'([^']+)'/gm,
  )) {
    if (/^type\b/.test(clause) || onlyTypes(clause)) continue;
    if (!to.startsWith('.')) found.add(to);
    else if (/\.(ts|mjs)$/.test(to))
      for (const name of packagesOf(resolve(dirname(file), to), seen)) found.add(name);
  }
  return found;
}

/** `import { type A, type B }` is nothing at run time. */
function onlyTypes(clause: string): boolean {
  const names =
    /^\{([^}]*)\}/
      .exec(clause.trim())?.[1]
      ?.split(',')
      .filter((name) => name.trim() !== '') ?? [];
  return names.length > 0 && names.every((name) => name.trim().startsWith('type '));
}

const HEAVY = /^(zod|better-sqlite3|drizzle-orm|hono|@hono|prom-client|yaml|pino|re2js)/;

for (const entry of [
  'index.ts',
  'agent/run.ts',
  'agent/socket-link.ts',
  'agent/http-link.ts',
  'watch/run.ts',
])
  test(`${entry} loads no database, no schemas and no server`, () => {
    const packages = [...packagesOf(resolve(cli, entry))];
    assert.equal(
      packages.filter((name) => HEAVY.test(name)),
      [],
    );
  });

test('the walk finds the imports that exist', () => {
  assert.ok(packagesOf(resolve(cli, 'index.ts')).has('commander'));
  assert.ok(packagesOf(resolve(cli, 'agent/run.ts')).has('node:os'));
  assert.ok(packagesOf(resolve(cli, '../config/options/table.ts')).size === 0);
});

test.run();
