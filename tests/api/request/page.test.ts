import { Hono } from 'hono';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { page, pageQuery } from '../../../server/api/request/page.ts';
import type { DomainError } from '../../../server/domain/errors.ts';

const test = suite('pages of our own API');

const LIST = Array.from({ length: 2_500 }, (_, n) => `item ${n}`);
const app = new Hono()
  .get('/', (c) => {
    const { limit, marker } = pageQuery(c);
    return c.json(page(LIST, (item) => item, marker, limit));
  })
  .onError((error, c) => c.json({ code: (error as DomainError).code, message: error.message }, 400));

// biome-ignore lint/suspicious/noExplicitAny: a test reads any body
async function ask(query: string): Promise<any> {
  return (await app.request(`/?${query}`)).json();
}

test('a page has at most 1000 items, whatever was asked for', async () => {
  for (const limit of ['', 'limit=1000', 'limit=1001', 'limit=999999999']) {
    const seen: string[] = [];
    const sizes: number[] = [];
    for (let marker: string | null = ''; marker !== null; ) {
      const { items, next } = await ask(`${limit}${marker && `&marker=${encodeURIComponent(marker)}`}`);
      seen.push(...items);
      sizes.push(items.length);
      marker = next;
    }
    assert.equal(sizes, [1_000, 1_000, 500], limit);
    assert.equal(seen, LIST);
  }
});

test('a last page that is full is the last all the same', async () => {
  const { items, next } = await ask(`limit=500&marker=${encodeURIComponent('item 1999')}`);
  assert.equal([items.length, next], [500, null]);
});

test('a bad limit and an unknown marker are refused by name', async () => {
  for (const query of ['limit=0', 'limit=-1', 'limit=1.5', 'limit=x', 'limit=', 'limit=9999999999']) {
    const { code, message } = await ask(query);
    assert.is(code, 'invalid', query);
    assert.match(message, 'limit');
  }
  assert.match((await ask('marker=nothing')).message, 'marker');
});

test.run();
