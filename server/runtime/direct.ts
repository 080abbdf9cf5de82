/**
 * Answers requests that come thousands of times a second without the web's Request and Response, which cost more than
 * the answer. The application chooses these requests and answers them with the same handlers. A request that is unusual
 * in any way (its Host, a body without a length, a long body) takes the ordinary way.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import { DomainError } from '../domain/errors.ts';
import type { DirectHandler, PlainAnswer } from '../plain-http.ts';
import { EdgeConnection } from './connections/connection.ts';

export type FindDirect = (method: string, target: string) => DirectHandler | undefined;

/** Bytes; a longer body takes the ordinary way. */
const LONGEST_BODY = 64 * 1024;
/** A host name or an IPv4 address in normal form, with or without a port. */
const HOST = /^[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?$/;
/** The runtime keeps only the first of several of these; joined, as the web requires, they are invalid. */
const ONCE: ReadonlySet<string> = new Set(['authorization', 'content-type']);

/** @returns whether it took the request */
export function directListener(
  find: FindDirect,
  onError: (error: unknown) => PlainAnswer,
): (incoming: IncomingMessage, outgoing: ServerResponse) => boolean {
  /** Nearly all requests name the same host. */
  let lastHost: string | undefined;
  return (incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    const handler = find(method, url);
    if (handler === undefined || headers['transfer-encoding'] !== undefined) return false;
    const length = headers['content-length'];
    if (method === 'GET' ? length !== undefined : !(Number(length) <= LONGEST_BODY)) return false;
    const { host = '' } = headers;
    if (host !== lastHost && !HOST.test(host)) return false;
    lastHost = host;
    const request = new DirectRequest(incoming, host);
    handler(request, EdgeConnection.of(incoming.socket)?.peer || undefined).then(
      (answered) => send(answered, outgoing),
      (error) => {
        if (!(error instanceof HungUp)) send(onError(error), outgoing);
      },
    );
    return true;
  };
}

class DirectRequest {
  readonly method: string;
  readonly path: string;
  readonly url: string;
  readonly #incoming: IncomingMessage;

  constructor(incoming: IncomingMessage, host: string) {
    const isEncrypted = (incoming.socket as { readonly encrypted?: boolean }).encrypted === true;
    this.#incoming = incoming;
    this.method = incoming.method ?? '';
    this.path = incoming.url ?? '';
    this.url = `${isEncrypted ? 'https' : 'http'}://${host}${this.path}`;
  }

  get headers(): this {
    return this;
  }

  /** A header, as `Headers` returns it. */
  get(name: string): string | null {
    const key = name.toLowerCase();
    if (ONCE.has(key)) return joined(this.#incoming.rawHeaders, key);
    const value = this.#incoming.headers[key];
    return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value.trim();
  }

  /** @throws HungUp */
  text(): Promise<string> {
    return readBody(this.#incoming);
  }
}

function joined(raw: readonly string[], key: string): string | null {
  let value: string | null = null;
  for (let n = 0; n < raw.length; n += 2) {
    const name = raw[n] as string;
    if (name.length !== key.length || name.toLowerCase() !== key) continue;
    const text = (raw[n + 1] as string).trim();
    value = value === null ? text : `${value}, ${text}`;
  }
  return value;
}

/** The client left before its whole body arrived. No answer can reach it, so this is not a failure of ours. */
class HungUp extends DomainError {
  constructor() {
    super('invalid', 'The connection was closed before the whole body arrived');
  }
}

/** Takes as much memory as the declared length, however many pieces the body comes in. @throws HungUp */
function readBody(incoming: IncomingMessage): Promise<string> {
  const length = Number(incoming.headers['content-length'] ?? 0);
  if (length === 0) return Promise.resolve('');
  return new Promise((resolve, reject) => {
    // The client may have left while its token was looked up.
    if (incoming.destroyed) reject(new HungUp());
    let body: Buffer | undefined;
    let read = 0;
    incoming.on('data', (chunk: Buffer) => {
      if (body === undefined && chunk.length === length) {
        body = chunk;
      } else {
        body ??= Buffer.allocUnsafe(length);
        chunk.copy(body, read);
      }
      read += chunk.length;
    });
    incoming.on('end', () => resolve(body?.toString() ?? ''));
    incoming.on('error', () => reject(new HungUp()));
  });
}

function send(
  { status, headers, body }: PlainAnswer<ReadableStream<Uint8Array>>,
  outgoing: ServerResponse,
): void {
  if (outgoing.destroyed) return;
  if (typeof body === 'string') {
    const length = Buffer.byteLength(body);
    headers['Content-Length'] = String(length);
    outgoing.writeHead(status, headers);
    // Where each character is one byte, no encoding is needed.
    outgoing.end(body, length === body.length ? 'latin1' : 'utf8');
    return;
  }
  outgoing.writeHead(status, headers);
  if (body === null) outgoing.end();
  // Also ends the source where the client leaves.
  else pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), outgoing, () => undefined);
}
