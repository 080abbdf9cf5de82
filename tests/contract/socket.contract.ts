/** What every runtime's edge promises of its sockets and handshakes. Called by one test per runtime. */
import { connect, type Socket as WireSocket } from 'node:net';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Edge, EdgeOptions } from '../../server/runtime/edge.ts';
import { refusal, type UpgradeDecision, type UpgradeHandler } from '../../server/socket/handshake.ts';
import type { Prepare, Socket, SocketEvents } from '../../server/socket/socket.ts';
import { Peer } from '../support/clients/peer.ts';
import { signal, within } from '../support/within.ts';

export interface SocketRuntime {
  listen(options: EdgeOptions): Promise<Edge>;
  readonly prepare: Prepare;
}

/** The server's end of one connection. */
interface Accepted {
  readonly socket: Socket;
  readonly messages: (string | undefined)[];
  readonly heard: Promise<void>;
  readonly ponged: Promise<void>;
  readonly closed: Promise<number>;
  closes: number;
}

export function socketContract(name: string, { listen, prepare }: SocketRuntime): void {
  const test = suite(`sockets: ${name}`);
  const opened: Edge[] = [];

  async function edge(upgrade: UpgradeHandler): Promise<Edge> {
    const it = await listen({
      fetch: () => new Response('plain'),
      upgrade,
      host: '127.0.0.1',
      port: 0,
      maxFrame: 1024,
    });
    opened.push(it);
    return it;
  }

  async function connected(): Promise<{ server: Accepted; client: Peer }> {
    const accepted = signal<Accepted>();
    const { url } = await edge(async () => accepting((it) => accepted.resolve(it)));
    const client = await new Peer(url, { protocols: ['one.v1'] }).open();
    return { client, server: await within('the server', accepted.promise) };
  }

  test.after.each(async () => {
    for (const it of opened.splice(0)) await it.close();
  });

  test('texts and prepared frames arrive in the order they were handed over', async () => {
    const { server, client } = await connected();
    const sent = [];
    for (let n = 0; n < 50; n++) {
      sent.push(`text ${n}`, `frame ${n}`);
      server.socket.send(`text ${n}`);
      server.socket.write(prepare(`frame ${n}`));
    }
    for (const text of sent) assert.is(await client.next(), text);
    client.ws.close();
  });

  test('a frame of any length arrives as it was, in any script', async () => {
    const { server, client } = await connected();
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 300_000]) {
      const text = 'ж'.repeat(length >> 1) + 'x'.repeat(length & 1);
      const frame = prepare(text);
      assert.ok(frame.bytes > Buffer.byteLength(text));
      server.socket.write(frame);
      assert.is(await client.next(), text);
    }
    client.ws.close();
  });

  test('one prepared frame serves many sockets', async () => {
    const frame = prepare('the same for all');
    const { url } = await edge(async () => accepting(({ socket }) => socket.write(frame)));
    const clients = await Promise.all(Array.from({ length: 5 }, () => new Peer(url).open()));
    for (const client of clients) assert.is(await client.next(), 'the same for all');
    for (const client of clients) client.ws.close();
  });

  test('a text arrives as text, a binary message as undefined', async () => {
    const { server, client } = await connected();
    client.ws.send('text');
    client.ws.send(Buffer.from('binary'));
    client.ws.send('last');
    await within('three messages', server.heard);
    assert.equal(server.messages, ['text', undefined, 'last']);
    client.ws.close();
  });

  test('a close arrives once, with code and reason, and nothing follows it', async () => {
    const { server, client } = await connected();
    server.socket.send('before');
    server.socket.close(4400, 'bad frame');
    server.socket.send('after');
    server.socket.write(prepare('after'));
    assert.is(await client.next(), 'before');
    assert.equal(await within('the close', client.closed), { code: 4400, reason: 'bad frame' });
    await within('closed', server.closed);
    server.socket.close(1000, 'again');
    server.socket.terminate();
    assert.is(server.closes, 1);
    assert.equal(client.messages, ['before']);
  });

  test('terminate ends the connection at once', async () => {
    const { server, client } = await connected();
    server.socket.terminate();
    assert.is((await within('the close', client.closed)).code, 1006);
    await within('closed', server.closed);
  });

  test('a peer that vanishes is reported as closed, once', async () => {
    const { server, client } = await connected();
    client.ws.terminate();
    await within('closed', server.closed);
    server.socket.send('to nobody');
    assert.is(server.closes, 1);
  });

  test('data that arrived before a reset is delivered before the end', async () => {
    const { server, client } = await connected();
    const wire = (client.ws as unknown as { _socket: WireSocket })._socket;
    client.ws.send('the last words', () => wire.resetAndDestroy());
    await within('the end', server.closed);
    assert.equal(server.messages, ['the last words']);
  });

  test('a ping is answered', async () => {
    const { server, client } = await connected();
    server.socket.ping();
    await within('the pong', server.ponged);
    client.ws.close();
  });

  test('a message over the bound closes with 1009', async () => {
    const { client } = await connected();
    client.ws.send('x'.repeat(1025));
    assert.is((await within('the close', client.closed)).code, 1009);
  });

  test('unread bytes are counted, and drained calls back when they were taken', async () => {
    const { server, client } = await connected();
    client.stopReading();
    const frame = prepare('x'.repeat(1 << 20));
    for (let n = 0; n < 40 && server.socket.bufferedAmount < 4 << 20; n++) server.socket.write(frame);
    assert.ok(server.socket.bufferedAmount > 0);
    const drained = signal();
    let early = true;
    server.socket.drained(() => {
      assert.not(early);
      drained.resolve();
    });
    await new Promise((resolve) => setImmediate(resolve));
    early = false;
    client.resumeReading();
    await within('drained', drained.promise);
    assert.is(server.socket.bufferedAmount, 0);
    client.ws.terminate();
    await within('closed', server.closed);
  });

  test('drained calls back at once when nothing waits or the connection is broken', async () => {
    const { server, client } = await connected();
    await within('drained', new Promise<void>((resolve) => server.socket.drained(resolve)));
    client.stopReading();
    const frame = prepare('x'.repeat(1 << 20));
    for (let n = 0; n < 40 && server.socket.bufferedAmount < 4 << 20; n++) server.socket.write(frame);
    const drained = new Promise<void>((resolve) => server.socket.drained(resolve));
    server.socket.terminate();
    await within('drained', drained);
    await within('drained after the end', new Promise<void>((resolve) => server.socket.drained(resolve)));
    client.ws.terminate();
  });

  test('an endpoint refuses with status, body and headers before the handshake', async () => {
    const { url } = await edge(async () => refusal(429, 'limit', 'too many', 7));
    const answer = await within('the refusal', new Peer(url).refused);
    assert.is(answer.status, 429);
    assert.is(answer.headers['retry-after'], '7');
    assert.equal(JSON.parse(answer.body), { error: { code: 'limit', message: 'too many' } });
  });

  test('an endpoint chooses subprotocol and bound; it sees path, headers and address', async () => {
    const seen: string[] = [];
    const { url } = await edge(async (request, address) => {
      seen.push(new URL(request.url).pathname, request.headers.get('x-test') ?? '', address ?? '');
      return { ...accepting(() => undefined), subprotocol: 'two.v1', maxFrame: 100_000 };
    });
    const client = await new Peer(`${url}/v1/there`, {
      protocols: ['one.v1', 'two.v1', 'secret'],
      headers: { 'X-Test': 'yes' },
    }).open();
    assert.is(client.ws.protocol, 'two.v1');
    assert.equal(seen, ['/v1/there', 'yes', '127.0.0.1']);
    client.ws.send('x'.repeat(50_000));
    client.ws.close(1000);
    assert.is((await within('the close', client.closed)).code, 1000);
  });

  test('an endpoint that throws is an internal error of that request alone', async () => {
    let first = true;
    const { url } = await edge(async () => {
      if (first) {
        first = false;
        throw new Error('secret detail');
      }
      return accepting(() => undefined);
    });
    const answer = await within('the refusal', new Peer(url).refused);
    assert.is(answer.status, 500);
    assert.not(answer.body.includes('secret'));
    (await new Peer(url).open()).ws.close();
  });

  test('a peer that leaves while the endpoint decides is never opened', async () => {
    const decide = signal();
    const asked = signal();
    let openings = 0;
    const { url, port } = await edge(async () => {
      asked.resolve();
      await decide.promise;
      return accepting(() => {
        openings++;
      });
    });
    const wire = connect(port, '127.0.0.1');
    wire.write(HANDSHAKE);
    await within('the question', asked.promise);
    const gone = new Promise((resolve) => wire.once('close', resolve));
    wire.resetAndDestroy();
    await gone;
    assert.is(await (await fetch(url)).text(), 'plain');
    decide.resolve();
    assert.is(await (await fetch(url)).text(), 'plain');
    assert.is(openings, 0);
  });

  test('a request that offers another upgrade is served as if it had not', async () => {
    const { port } = await edge(async () => refusal(500, 'internal', 'not asked'));
    const answer = await exchange(
      port,
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /plain/);
  });

  test('the application sees the address, and its exception ends that request alone', async () => {
    const thrown: unknown[] = [];
    const it = await listen({
      fetch(request, { peer }) {
        if (new URL(request.url).pathname === '/broken') throw new Error('secret detail');
        return new Response(peer);
      },
      upgrade: async () => refusal(404, 'not_found', 'no such path'),
      host: '127.0.0.1',
      port: 0,
      maxFrame: 1024,
      onError: (error) => thrown.push(error),
    });
    opened.push(it);
    const broken = await fetch(`${it.url}/broken`);
    assert.is(broken.status, 500);
    assert.not((await broken.text()).includes('secret'));
    assert.is(thrown.length, 1);
    assert.is(await (await fetch(it.url)).text(), '127.0.0.1');
  });

  test('a target or Host that makes no URL is a bad request; HTTP/1.0 needs no Host', async () => {
    const thrown: unknown[] = [];
    const it = await listen({
      fetch: ({ url }) => new Response(new URL(url).pathname),
      upgrade: async () => refusal(404, 'not_found', 'no such path'),
      host: '127.0.0.1',
      port: 0,
      maxFrame: 1024,
      onError: (error) => thrown.push(error),
    });
    opened.push(it);
    for (const head of [
      '* HTTP/1.1\r\nHost: a',
      'http://[ HTTP/1.1\r\nHost: a',
      '/ HTTP/1.1\r\nHost: a b',
      '/ HTTP/1.1\r\nHost: a/b?c',
    ]) {
      const answer = await exchange(it.port, `OPTIONS ${head}\r\nConnection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 400 /, head);
    }
    assert.match(await exchange(it.port, 'OPTIONS / HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 /);
    assert.equal(thrown, []);
  });

  test('an address that is taken is an error of starting, not of running', async () => {
    const { port } = await edge(async () => refusal(404, 'not_found', 'no such path'));
    const second = listen({
      fetch: () => new Response(''),
      upgrade: async () => refusal(404, 'not_found', 'no such path'),
      host: '127.0.0.1',
      port,
      maxFrame: 1024,
    });
    const error = await second.then(
      () => undefined,
      (failure: NodeJS.ErrnoException) => failure,
    );
    assert.is(error?.code, 'EADDRINUSE');
  });

  test('closing ends what is still connected', async () => {
    const { server, client } = await connected();
    await within('the end of the edge', Promise.all(opened.splice(0).map((it) => it.close())));
    await within('the end of the client', client.closed);
    await within('closed', server.closed);
  });

  test('garbage costs its own connection only', async () => {
    const { url, port } = await edge(async () => accepting(() => undefined));
    assert.match(await exchange(port, 'NOT HTTP AT ALL\r\n\r\n'), /^HTTP\/1\.1 400 /);
    assert.match(await exchange(port, HANDSHAKE.replace('Version: 13', 'Version: 99')), /^HTTP\/1\.1 400 /);
    assert.match(
      await exchange(port, HANDSHAKE.replace('dGhlIHNhbXBsZSBub25jZQ==', 'x')),
      /^HTTP\/1\.1 400 /,
    );
    assert.match(await exchange(port, HANDSHAKE.replace('GET / ', 'GET http://[ ')), /^HTTP\/1\.1 400 /);
    assert.is(await (await fetch(url)).text(), 'plain');
  });

  test.run();
}

const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** What the server says to these bytes until it ends the connection. */
export function exchange(port: number, bytes: string): Promise<string> {
  return within(
    'the answer',
    new Promise((resolve) => {
      let text = '';
      const wire = connect(port, '127.0.0.1');
      wire.on('data', (chunk) => {
        text += chunk.toString('latin1');
      });
      wire.on('error', () => undefined);
      wire.on('close', () => resolve(text));
      wire.write(bytes);
    }),
  );
}

function accepting(then: (accepted: Accepted) => void): Extract<UpgradeDecision, { open: unknown }> {
  return {
    subprotocol: 'one.v1',
    open(socket: Socket): SocketEvents {
      const heard = signal();
      const ponged = signal();
      const closed = signal<number>();
      const accepted: Accepted = {
        socket,
        messages: [],
        heard: heard.promise,
        ponged: ponged.promise,
        closed: closed.promise,
        closes: 0,
      };
      then(accepted);
      return {
        message(text) {
          accepted.messages.push(text);
          if (accepted.messages.length === 3) heard.resolve();
        },
        pong: () => ponged.resolve(),
        closed(code) {
          accepted.closes++;
          closed.resolve(code);
        },
      };
    },
  };
}
