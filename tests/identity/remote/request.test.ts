/** A question to another identity service ends, whatever the service does, and costs bounded memory. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Failed } from '../../../server/identity/remote/circuit.ts';
import { LARGEST_ANSWER, request } from '../../../server/identity/remote/request.ts';

const test = suite('questions to another identity service');

const PATIENCE_MS = 20_000;

/** Calls `ask` with the URL of a server that does this with each request. */
async function withServer(answer: RequestListener, ask: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await ask(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function failure(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.instance(error, Failed);
  return (error as Failed).message;
}

test('an endless answer is cut, and its connection with it', async () => {
  const closed = Promise.withResolvers<void>();
  let sent = 0;
  await withServer(
    (_request, response) => {
      response.on('close', closed.resolve);
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const more = () => {
        // Endless enough: a client that reads it all gets to the end of it.
        while (sent < 16 * LARGEST_ANSWER) {
          sent += chunk.length;
          if (!response.write(chunk)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    },
    async (url) => {
      assert.match(await failure(request(url, {}, PATIENCE_MS)), `more than ${LARGEST_ANSWER} bytes`);
      await closed.promise;
      assert.ok(sent < 16 * LARGEST_ANSWER, `${sent} bytes were taken`);
    },
  );
});

test('an answer of exactly the largest size is read', async () => {
  const text = JSON.stringify('x'.repeat(LARGEST_ANSWER - 2));
  await withServer(
    (_request, response) => response.end(text),
    async (url) => {
      const { status, body } = await request(url, {}, PATIENCE_MS);
      assert.is(status, 200);
      assert.is((body as string).length, LARGEST_ANSWER - 2);
    },
  );
});

test('characters that are cut between two pieces are read whole', async () => {
  const text = Buffer.from(JSON.stringify('naïve – 😀'));
  await withServer(
    async (_request, response) => {
      for (const byte of text) {
        response.write(Uint8Array.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    },
    async (url) => assert.is((await request(url, {}, PATIENCE_MS)).body, 'naïve – 😀'),
  );
});

test('an answer that stops in the middle fails when its time is up', async () => {
  await withServer(
    (_request, response) => void response.write('{"token":'),
    async (url) => assert.match(await failure(request(url, {}, 100)), 'timed out'),
  );
});

test('a redirect is not followed: our credentials stay with whom we asked', async () => {
  let elsewhere = 0;
  await withServer(
    (asked, response) => {
      if (asked.url === '/elsewhere') elsewhere++;
      response.writeHead(307, { Location: '/elsewhere' }).end('{}');
    },
    async (url) => {
      const { status } = await request(url, { headers: { 'X-Auth-Token': 'own' } }, PATIENCE_MS);
      assert.is(status, 307);
      assert.is(elsewhere, 0);
    },
  );
});

test('an answer that is no JSON has no body, and its status counts', async () => {
  await withServer(
    (_request, response) => response.writeHead(502).end('<html>'),
    async (url) =>
      assert.equal(
        { ...(await request(url, {}, PATIENCE_MS)), headers: 0 },
        {
          status: 502,
          headers: 0,
          body: undefined,
        },
      ),
  );
});

test.run();
