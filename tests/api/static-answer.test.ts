import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isShared, StaticAnswer } from '../../server/socket/static-answer.ts';

const test = suite('documents that are the same for everybody');

const page = new StaticAnswer('<p>ä</p>', 'text/html; charset=UTF-8', { 'X-Frame': 'none' });
const ask = (etag?: string) =>
  page.to(new Request('http://a/', etag === undefined ? {} : { headers: { 'If-None-Match': etag } }));

test('the whole document comes with its ETag and is asked for again before it is used', async () => {
  const answer = ask();
  assert.is(answer.status, 200);
  assert.is(await answer.text(), '<p>ä</p>');
  assert.match(answer.headers.get('etag') ?? '', /^"[\w-]{27}"$/);
  assert.is(answer.headers.get('cache-control'), 'no-cache');
  assert.is(answer.headers.get('x-content-type-options'), 'nosniff');
  assert.is(answer.headers.get('content-type'), 'text/html; charset=UTF-8');
});

test('a client that has it is answered 304, in every spelling of the condition', async () => {
  const etag = ask().headers.get('etag') ?? '';
  for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const answer = ask(condition);
    assert.is(answer.status, 304, condition);
    assert.is(await answer.text(), '');
    assert.is(answer.headers.get('etag'), etag);
    assert.is(answer.headers.get('x-frame'), 'none');
    assert.is(answer.headers.get('content-type'), null);
  }
  for (const condition of ['"other"', etag.slice(1, -1), ''])
    assert.is(ask(condition).status, 200, condition);
});

test('a copy is not taken for the document itself', () => {
  assert.is(isShared(new TextEncoder().encode('<p>ä</p>')), false);
});

test.run();
