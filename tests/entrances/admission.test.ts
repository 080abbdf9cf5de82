/** Every route has what bounds its work: a new one without a row in the table fails here. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ROUTES } from '../../server/nova/routes.ts';
import { openWholeServer } from '../openapi/whole-server.ts';
import { ADMISSIONS, OPERATORS } from './admission-table.ts';

const test = suite('admission of requests');
const ROOT = join(import.meta.dirname, '../..');

/** `:id`, `:id{…}` and `{id}` are the same. */
const plain = (path: string) => path.replace(/:(\w+)\{.*\}/g, ':$1').replace(/\{(\w+)\}/g, ':$1');
const RIGHTS = new Map<string, Record<string, string>>(
  readFileSync(join(ROOT, 'tests/rights/table.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
    .map((row) => [plain(row.route), row]),
);

test('every route stands once in the table, and the table names no other', async () => {
  const server = await openWholeServer();
  const own = server.routes.filter(({ method, path }) => method !== 'ALL' && !path.includes('*'));
  await server.close();
  const nova = ROUTES.map(({ method, path }) => ({ method, path: `/v2.1${path}` }));
  const served = [...own, ...nova].map(({ method, path }) => `${method} ${plain(path)}`);
  const listed = [...ADMISSIONS.flatMap(({ routes }) => routes), ...OPERATORS];
  assert.equal(listed.toSorted(), [...new Set(served)].toSorted());
});

test('what bounds the work of owners’ routes is tested', () => {
  const missing = ADMISSIONS.filter(({ test: file }) => !existsSync(join(ROOT, file)));
  assert.equal(
    missing.map(({ test: file }) => file),
    [],
  );
});

test('no owner may ask what only operators need', () => {
  for (const route of OPERATORS) {
    const row = RIGHTS.get(route);
    for (const caller of ['member', 'reader', 'stranger', 'watch'])
      assert.match(row?.[caller] ?? 'no row of rights', /^40[134]$/, `${route} as ${caller}`);
  }
});

test.run();
