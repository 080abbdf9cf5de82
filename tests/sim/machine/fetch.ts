/** `fetch` over the simulated network: one connection for each request, whose answer comes in pieces. */
import { DomainError } from '../../../server/domain/errors.ts';
import type { RequestHandler } from '../../../server/socket/handshake.ts';
import type { Agenda } from './agenda.ts';
import { Connection, type Network } from './network.ts';
import type { SimProcess } from './process.ts';

/** Bytes on their way to a reader, beyond which the server's output is not read. */
const HIGH_WATER = 16_384;
const HEAD = 200;

export interface FetchOptions {
  readonly agenda: Agenda;
  readonly network: Network;
  readonly process: SimProcess;
  readonly listening: () =>
    | { readonly process: SimProcess; answerOf(path: string): RequestHandler | undefined }
    | undefined;
  readonly reachable: () => boolean;
  readonly opened?: (connection: Connection) => void;
}

export function fetchOver(options: FetchOptions): typeof fetch {
  return (address, init = {}) =>
    new Promise((resolve, reject) => new Exchange(options, String(address), init, resolve, reject));
}

/** As the API answers while the database cannot be read. */
function refusal(error: unknown): Response {
  if (error instanceof DomainError && error.code === 'unavailable') return Response.json({}, { status: 503 });
  throw error;
}

class Exchange {
  readonly #options: FetchOptions;
  readonly #url: string;
  readonly #headers: Headers;
  readonly #resolve: (response: Response) => void;
  readonly #reject: (error: Error) => void;
  readonly #gone = new AbortController();
  #connection: Connection | undefined;
  #body: ReadableStreamDefaultController<Uint8Array> | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #isOver = false;

  constructor(
    options: FetchOptions,
    url: string,
    { headers, signal }: RequestInit,
    resolve: (response: Response) => void,
    reject: (error: Error) => void,
  ) {
    this.#options = options;
    this.#url = url;
    this.#headers = new Headers(headers);
    this.#resolve = resolve;
    this.#reject = reject;
    signal?.addEventListener('abort', () => this.#abort());
    const { network, process, listening, reachable } = options;
    // A request to an unknown address is not answered; its client gives up.
    if (!reachable()) return;
    network.later(() => {
      const server = listening();
      if (server === undefined) network.later(() => process.deliver(this, () => this.#fail('refused')));
      else if (process.alive && !this.#isOver) this.#connect(server);
    });
  }

  #connect(server: NonNullable<ReturnType<FetchOptions['listening']>>): void {
    const { agenda, network, process, opened } = this.#options;
    const connection = new Connection(
      { process, closed: (code) => this.#closed(code) },
      { process: server.process, closed: () => this.#left() },
      network,
      agenda,
    );
    this.#connection = connection;
    opened?.(connection);
    const ask = () => {
      if (connection.isOver(connection.server)) return;
      const { pathname } = new URL(this.#url);
      const request = new Request(this.#url, { headers: this.#headers, signal: this.#gone.signal });
      const hangUp = () => connection.reset();
      void server
        .answerOf(pathname)?.(request, '192.0.2.1', hangUp)
        .catch(refusal)
        .then((response) => this.#send(response));
    };
    server.process.accept(() => server.process.deliver(connection.up, ask));
  }

  /** The server's side: hands on what there is as fast as it is taken. */
  async #send(response: Response): Promise<void> {
    const connection = this.#connection as Connection;
    const { down, server } = connection;
    const { status, headers } = response;
    const reader = response.body?.getReader();
    this.#reader = reader;
    down.send(HEAD, () => this.#answered(status, headers));
    try {
      for (;;) {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) break;
        down.send(value.length, () => this.#received(value));
        if (down.buffered > HIGH_WATER) await new Promise<void>((then) => down.drained(then));
      }
      connection.tellEnd(connection.client, 1000);
    } catch {
      connection.tellEnd(connection.client, 1006);
    }
    connection.end(server, 1000);
  }

  #answered(status: number, headers: Headers): void {
    if (this.#isOver) return;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#body = controller;
      },
      // Nobody reads the rest: the connection is given up, as by a platform.
      cancel: () => {
        this.#body = undefined;
        this.#abort();
      },
    });
    this.#resolve(new Response(body, { status, headers }));
  }

  #received(bytes: Uint8Array): void {
    if (!this.#isOver) this.#body?.enqueue(bytes);
  }

  /** The client knows that it is over. */
  #closed(code: number): void {
    if (this.#isOver) return;
    if (code !== 1000) this.#fail('terminated');
    else this.#body?.close();
    this.#isOver = true;
  }

  /** The server knows that nobody listens any more, or has said all. */
  #left(): void {
    this.#gone.abort();
    this.#reader?.cancel().catch(() => undefined);
  }

  #abort(): void {
    if (this.#isOver) return;
    this.#fail('aborted');
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.tellEnd(connection.server, 1006);
    connection.end(connection.client, 1006);
  }

  #fail(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const error = new TypeError(why);
    this.#reject(error);
    this.#body?.error(error);
  }
}
