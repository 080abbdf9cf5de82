/**
 * Writes down what a real Keystone answers, for `tests/identity/keystone-v3/as-keystone.test.ts`: `tsx tests/keystone/record.ts`. With
 * `--check` it only says whether that is still so. Needs keystone-manage: apt-get install python3-keystone
 */
import '../../server/runtime/supported.mjs';
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { answersOf } from '../identity/keystone-v3/as-keystone/ask.ts';
import { nameOf, QUESTIONS } from '../identity/keystone-v3/as-keystone/questions.ts';
import { ADMIN_PASSWORD, startKeystone } from './keystone.ts';

const file = resolve(import.meta.dirname, '../vectors/keystone-answers.jsonl');
await using keystone = await startKeystone();
const answers = await answersOf({ url: keystone.url, adminPassword: ADMIN_PASSWORD, fetch });
const lines = answers.map((answer) => JSON.stringify(answer));

if (process.argv.includes('--check')) {
  const written = (await readFile(file, 'utf8')).trimEnd().split('\n');
  let same = 0;
  for (const [at, question] of QUESTIONS.entries()) {
    if (lines[at] === written[at]) same += 1;
    else
      process.stderr.write(
        `${nameOf(question)}\n  written down: ${written[at]}\n  answered now: ${lines[at]}\n`,
      );
  }
  process.stdout.write(`${same} of ${written.length} answers are as they are written down\n`);
  process.exitCode = same === lines.length && same === written.length ? 0 : 1;
} else await writeFile(file, `${lines.join('\n')}\n`);
