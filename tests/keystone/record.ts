/**
 * Writes down what a real Keystone answers, for `tests/identity/as-keystone.test.ts`:
 * `tsx tests/keystone/record.ts`. Needs keystone-manage: apt-get install python3-keystone
 */
import '../../server/runtime/supported.mjs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { answersOf } from '../identity/as-keystone/ask.ts';
import { ADMIN_PASSWORD, startKeystone } from './keystone.ts';

const file = resolve(import.meta.dirname, '../vectors/keystone-answers.jsonl');
await using keystone = await startKeystone();
const answers = await answersOf({ url: keystone.url, adminPassword: ADMIN_PASSWORD, fetch });
await writeFile(file, answers.map((answer) => `${JSON.stringify(answer)}\n`).join(''));
