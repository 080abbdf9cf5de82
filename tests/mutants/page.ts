/** Writes the kept outcomes into docs/testing.md: `npx tsx tests/mutants/page.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MUTANTS } from './all.ts';
import { Outcomes } from './outcomes.ts';
import { KEPT } from './promises.ts';
import { tableOf } from './report.ts';

const path = join(import.meta.dirname, '../../docs/testing.md');

export function writePage(outcomes: Outcomes): void {
  const page = readFileSync(path, 'utf8');
  const outcomeOf = (mutant: (typeof MUTANTS)[number]) => outcomes.of(mutant);
  const tables = { outcomes: tableOf(MUTANTS, outcomeOf), promises: promisesOf(outcomes) };
  writeFileSync(
    path,
    Object.entries(tables).reduce((text, [name, table]) => replaced(text, name, table), page),
  );
}

function replaced(page: string, name: string, table: string): string {
  const place = new RegExp(`(<!-- ${name}: .*?-->\n)[\\s\\S]*?(\n<!-- /${name} -->)`);
  if (!place.test(page)) throw new Error(`${path} has no place for the ${name}`);
  return page.replace(place, (_, before: string, after: string) => before + table + after);
}

function promisesOf(outcomes: Outcomes): string {
  const byPromise = new Map(MUTANTS.map((mutant) => [mutant.promise, mutant]));
  const noticedBy = (fault: string) => {
    const mutant = byPromise.get(fault);
    const kept = mutant && outcomes.of(mutant);
    if (kept === undefined) return 'not tried';
    return ['killed', 'hung'].includes(kept.result) ? (kept.file ?? 'the simulation') : 'nothing';
  };
  const rows = Object.entries(KEPT).flatMap(([of, promises]) =>
    promises.map(({ promise, faults }) => {
      const files = [...new Set(faults.map(noticedBy))].join(', ');
      return `| ${of} | ${promise} | ${faults.length} | ${files} |`;
    }),
  );
  return ['| of | promise | faults | noticed by |', '|---|---|---|---|', ...rows].join('\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writePage(new Outcomes());
