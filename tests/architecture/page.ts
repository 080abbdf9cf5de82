/** Writes the tables of `imports.ts` into docs/ARCHITECTURE.md: `npx tsx tests/architecture/page.ts`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { COMMON, PACKAGES, PARTS } from './imports.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/ARCHITECTURE.md');
const BEGIN = '<!-- imports: written by tests/architecture/page.ts -->';
const END = '<!-- /imports -->';

export function readPage(): string {
  return readFileSync(PAGE, 'utf8');
}

/** The page with its tables as `imports.ts` has them. */
export function withImports(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} has lost ${BEGIN} or ${END}`);
  return `${before}${BEGIN}\n${tables()}\n${END}${after}`;
}

function tables(): string {
  const parts = Object.entries(PARTS).map(([part, { about, common, imports }]) => {
    const allowed = [...(common ? ['*common*'] : []), ...imports.map(code)];
    return `| ${code(part)} | ${about} | ${allowed.join(', ') || 'nothing'} |`;
  });
  const packages = Object.entries(PACKAGES).map(
    ([name, places]) => `| ${code(name)} | ${places.map(code).join(', ')} |`,
  );
  return [
    `*common* is ${COMMON.map(code).join(', ')}.`,
    '',
    '| part | what it is | may import, besides itself |',
    '|---|---|---|',
    ...parts,
    '',
    '| package | named only in |',
    '|---|---|',
    ...packages,
  ].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, withImports(readPage()));
