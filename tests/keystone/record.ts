/**
 * Writes down what a real Keystone answers, for `tests/identity/as-keystone.test.ts`: `tsx tests/keystone/record.ts`. With
 * `--check` it only says whether that is still so. Needs keystone-manage: apt-get install python3-keystone
 */
import '../../server/runtime/supported.mjs';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { answersOf } from '../identity/as-keystone/ask.ts';
import { nameOf, QUESTIONS } from '../identity/as-keystone/questions.ts';
import { ADMIN_PASSWORD, startKeystone } from './keystone.ts';

const file = resolve(import.meta.dirname, '../vectors/keystone-answers.jsonl');
await using keystone = await startKeystone();
const answers = await answersOf({ url: keystone.url, adminPassword: ADMIN_PASSWORD, fetch });
const lines = answers.map((answer) => JSON.stringify(answer));

if (process.argv.includes('--check')) {
  const written = (await readFile(file, 'utf8')).trimEnd().split('\n');
  const other = QUESTIONS.filter((_, at) => lines[at] !== written[at]).map(nameOf);
  for (const name of other) process.stderr.write(`Keystone answers otherwise now: ${name}\n`);
  process.exitCode = other.length === 0 && lines.length === written.length ? 0 : 1;
} else await writeFile(file, `${lines.join('\n')}\n`);
