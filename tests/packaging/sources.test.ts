/** What the build names of the tree is there: a folder that is moved must not break it unseen. */
import { existsSync, readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';

const test = suite('sources of the build');

test('every source that the build names is in the tree', () => {
  for (const file of [
    'packaging/executable/build.ts',
    'packaging/package/bundle.ts',
    'packaging/package/build.ts',
  ]) {
    const text = readFileSync(file, 'utf8');
    const named = [...text.matchAll(/'((?:db|server|client-sdk)\/[\w./-]+\.(?:ts|mjs|gz))'/g)].map(
      ([, path]) => path ?? '',
    );
    const missing = named.filter((path) => !path.endsWith('.d.ts') && !existsSync(path));
    assert.equal(missing, [], file);
  }
});

test.run();
