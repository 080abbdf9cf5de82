/** Server-Sent Events as a client reads them, in whatever pieces they arrive. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { EventStream, refusalOf } from '../../../client-sdk/src/connection/event-stream.ts';
import { until } from '../../support/within.ts';

const test = suite('event stream');

/** What a client sees of an answer whose body arrives in these pieces. */
async function seen(...pieces: readonly Uint8Array[]) {
  const said = { frames: [] as string[], closed: [] as [number, string][] };
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      for (const piece of pieces) stream.enqueue(piece);
      stream.close();
    },
  });
  const fetch = async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  new EventStream(
    { url: 'https://cloud.example', token: 't', fetch: fetch as typeof globalThis.fetch },
    {
      onOpen: () => undefined,
      onFrame: (frame) => said.frames.push(String(frame)),
      onClosed: (code, reason) => said.closed.push([code, reason]),
    },
  );
  await until('its end', () => said.closed.length > 0);
  return said;
}

const bytes = (text: string) => new TextEncoder().encode(text);

test('a character that arrives in two pieces is one character', async () => {
  const all = bytes('data: {"name":"dä☃"}\n\n');
  const cuts = Array.from(all, (_, at) => at).slice(1);
  for (const at of cuts) {
    const { frames } = await seen(all.subarray(0, at), all.subarray(at));
    assert.equal(frames, ['{"name":"dä☃"}'], `cut after byte ${at}`);
  }
});

test('lines of one event are joined by line feeds', async () => {
  const { frames } = await seen(bytes('data: {\ndata: "a":1}\n\ndata: {}\r\n\r\n'));
  assert.equal(frames, ['{\n"a":1}', '{}']);
});

test('the type of an event without data is not that of the next one', async () => {
  const { frames, closed } = await seen(bytes('event: close\n\ndata: {}\n\n'));
  assert.equal([frames, closed.length], [['{}'], 1]);
});

test('a close says why, and nothing after it is a frame', async () => {
  const { frames, closed } = await seen(
    bytes('event: close\ndata: {"code":4403,"reason":"gone"}\n\ndata: {}\n\n'),
  );
  assert.equal([frames, closed], [[], [[4403, 'gone']]]);
});

test('the answer of something in between is an outage, and its body is not kept', async () => {
  let isCancelled = false;
  const body = new ReadableStream({
    cancel() {
      isCancelled = true;
    },
  });
  const [code] = await refusalOf(
    new Response(body, { status: 401, headers: { 'content-type': 'text/html' } }),
  );
  assert.equal([code, isCancelled], [1006, true]);
});

test.run();
