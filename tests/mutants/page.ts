/** Writes the kept outcomes into docs/testing.md: `npx tsx tests/mutants/page.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MUTANTS } from './all.ts';
import { Outcomes } from './outcomes.ts';
import { tableOf } from './report.ts';

const path = join(import.meta.dirname, '../../docs/testing.md');
const PLACE = /(<!-- outcomes: .*?-->\n)[\s\S]*?(\n<!-- \/outcomes -->)/;

export function writePage(outcomes: Outcomes): void {
  const page = readFileSync(path, 'utf8');
  if (!PLACE.test(page)) throw new Error(`${path} has no place for the outcomes`);
  const table = tableOf(MUTANTS, (mutant) => outcomes.of(mutant));
  writeFileSync(
    path,
    page.replace(PLACE, (_, before: string, after: string) => before + table + after),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writePage(new Outcomes());
