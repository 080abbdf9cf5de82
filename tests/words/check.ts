/**
 * Part of `npm run lint`: finds words of `words.txt` in sources, tests and pages. `allowed.txt` says how often a file
 * may still use one; `--update` writes it again from the present state.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';

interface Word {
  readonly pattern: RegExp;
  readonly advice: string;
}

const ROOT = resolve(import.meta.dirname, '../..');
const ALLOWED = join(import.meta.dirname, 'allowed.txt');
const READ = /\.(ts|mjs|js|md|html|yaml|service|sh|py)$/;
const PASSED_OVER =
  /^(tests\/words|tests\/mutants\/faults|tests\/nova\/golden|migrations|bench\/results|docs\/configuration\.md)/;

const words = readFileSync(join(import.meta.dirname, 'words.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map((line): Word => {
    const [pattern = '', advice = ''] = line.split(' => ');
    return { pattern: new RegExp(pattern, 'gi'), advice };
  });

/** Uses by file and word, as `FILE: WORD`. */
function usesOf(file: string): Map<string, { line: number; advice: string }[]> {
  const uses = new Map<string, { line: number; advice: string }[]>();
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  for (const [index, line] of lines.entries()) {
    for (const { pattern, advice } of words) {
      for (const [found] of line.matchAll(pattern)) {
        const key = `${file}: ${found.toLowerCase()}`;
        uses.set(key, [...(uses.get(key) ?? []), { line: index + 1, advice }]);
      }
    }
  }
  return uses;
}

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => READ.test(file) && !PASSED_OVER.test(file) && existsSync(join(ROOT, file)));
const uses = new Map(files.flatMap((file) => [...usesOf(file)]));

if (process.argv.includes('--update')) {
  const lines = [...uses]
    .map(([key, found]) => `${found.length} ${key}`)
    .sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1));
  writeFileSync(ALLOWED, lines.map((line) => `${line}\n`).join(''));
  process.exit(0);
}

const allowed = new Map(
  readFileSync(ALLOWED, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line): [string, number] => [line.slice(line.indexOf(' ') + 1), Number.parseInt(line, 10)]),
);
const tooMany = [...uses].filter(([key, found]) => found.length > (allowed.get(key) ?? 0));
for (const [key, found] of tooMany) {
  const [file, word] = key.split(': ');
  const at = found.map(({ line }) => line).join(', ');
  console.error(`${file}:${at}: "${word}" → ${found[0]?.advice} (tests/words/words.txt)`);
}
if (tooMany.length > 0) process.exit(1);
