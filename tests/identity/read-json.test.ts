import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { DomainError } from '../../server/domain/errors.ts';
import { BodyTooLarge, MAX_BODY_BYTES, readJson } from '../../server/identity/read-json.ts';

const test = suite('bodies for the identity API');

/** In pieces of this size. */
function sent(text: string, piece = text.length): Request {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(bytes.slice(at, at + piece));
      at += piece;
      if (at >= bytes.length) controller.close();
    },
  });
  return new Request('http://hostbeat.test/', { method: 'POST', body, duplex: 'half' } as RequestInit);
}

async function failure(text: string, piece?: number): Promise<unknown> {
  return readJson(sent(text, piece)).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
}

test('a body of exactly the limit passes, and one of a byte more does not', async () => {
  const largest = JSON.stringify('x'.repeat(MAX_BODY_BYTES - 2));
  for (const piece of [largest.length + 1, 1_000]) {
    assert.is(await readJson(sent(largest, piece)), 'x'.repeat(MAX_BODY_BYTES - 2));
    assert.instance(await failure(`${largest} `, piece), BodyTooLarge);
  }
});

test('characters that are cut between two pieces are read whole', async () => {
  assert.is(await readJson(sent(JSON.stringify('naïve – 😀'), 1)), 'naïve – 😀');
});

test('a body that is not JSON, or contains U+0000, is refused', async () => {
  for (const text of ['', '{', JSON.stringify('a\0b')]) {
    const error = await failure(text);
    assert.instance(error, DomainError);
    assert.is((error as DomainError).code, 'invalid');
  }
});

test.run();
