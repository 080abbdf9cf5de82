/** What an import answers when much of it is wrong. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { type Api, openApi } from './support.ts';

const test = suite<{ api: Api }>('errors of an import');
test.before.each(async (context) => {
  context.api = await openApi();
});
test.after.each(({ api }) => api.close());

const LISTED = 1_000;

test('one document lists the first thousand errors and counts them all', async ({ api }) => {
  const lines = 'nonsense\n'.repeat(LISTED + 5);
  const { json } = await api.ask('admin', 'POST', '/v1/instances', lines, { accept: 'application/json' });
  assert.equal([json.failed, json.errors.length], [LISTED + 5, LISTED]);
  assert.equal([json.errors[0].line, json.errors.at(-1).line], [1, LISTED]);
});

test.run();
