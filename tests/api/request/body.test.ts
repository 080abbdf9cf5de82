/** How much of a body is read: all that the limit allows, and not one byte more, declared or not. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { readText } from '../../../server/api/request/body.ts';
import { TooLarge } from '../../../server/api/request/errors.ts';

const test = suite('request bodies');
const LIMIT = 1_000;

/** @param declared the Content-Length; undefined for a body that comes in chunks */
function read(body: string, declared: number | undefined): Promise<string> {
  const headers = declared === undefined ? undefined : { 'content-length': String(declared) };
  const stream = new Blob([body]).stream();
  const init = { method: 'POST', body: stream, duplex: 'half', ...(headers && { headers }) };
  return readText(new Request('http://hostbeat.test/', init as RequestInit), LIMIT);
}

for (const isDeclared of [true, false]) {
  const how = isDeclared ? 'declared' : 'without a declared length';
  const declared = (body: string) => (isDeclared ? Buffer.byteLength(body) : undefined);

  test(`a body of exactly the limit passes, ${how}`, async () => {
    for (const body of ['x'.repeat(LIMIT), 'ä'.repeat(LIMIT / 2)])
      assert.is(await read(body, declared(body)), body);
  });

  test(`a body of one byte more is refused, ${how}`, async () => {
    for (const body of ['x'.repeat(LIMIT + 1), `x${'ä'.repeat(LIMIT / 2)}`]) {
      const error = await read(body, declared(body)).catch((thrown: unknown) => thrown);
      assert.instance(error, TooLarge);
      assert.match((error as Error).message, `${LIMIT} bytes`);
    }
  });
}

test('a body is read no further than shows that it is above the limit', async () => {
  let pulled = 0;
  const long = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(new Uint8Array(100));
      if (++pulled === 1_000) controller.close();
    },
  });
  const request = new Request('http://hostbeat.test/', {
    method: 'POST',
    body: long,
    duplex: 'half',
  } as RequestInit);
  assert.instance(await readText(request, LIMIT).catch((thrown: unknown) => thrown), TooLarge);
  assert.ok(pulled <= 13, `${pulled} chunks were asked for`);
});

test.run();
