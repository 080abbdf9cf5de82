/** Programs are generated from our documents and call us by these names: none of them may change or go unseen. */
import { readFileSync } from 'node:fs';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type ApiNames, namesOf } from './names.ts';
import { openWholeServer } from './whole-server.ts';

const published: ApiNames = JSON.parse(
  readFileSync(new URL('../vectors/api-names.json', import.meta.url), 'utf8'),
);

const test = suite('names in the documents of the API');

test('no path, operation, channel or message that was published is gone or renamed', async () => {
  const server = await openWholeServer();
  try {
    const [openapi, asyncapi] = await Promise.all(
      ['/openapi.json', '/asyncapi.json'].map(async (path) => (await server.ask('GET', path)).json()),
    );
    const now = namesOf(openapi, asyncapi);
    const gone = (before: readonly string[], after: readonly string[]) =>
      before.filter((name) => !after.includes(name));
    assert.equal(gone(published.operations, now.operations), []);
    assert.equal(gone(published.stream, now.stream), []);
  } finally {
    await server.close();
  }
});

test.run();
