/** A document that is the same for every client: made once, its bytes shared by all answers. */
import { createHash } from 'node:crypto';

const shared = new WeakSet<Uint8Array>();

/** Do many responses share these bytes, so that an edge need not count them for each? */
export function isShared(bytes: Uint8Array): boolean {
  return shared.has(bytes);
}

export class StaticAnswer {
  readonly #body: Uint8Array<ArrayBuffer>;
  readonly #etag: string;
  readonly #headers: Readonly<Record<string, string>>;

  /** `headers` are sent with every response, including 304. */
  constructor(
    body: string | Uint8Array<ArrayBuffer>,
    type: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    this.#body = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    shared.add(this.#body);
    this.#etag = `"${createHash('sha256').update(this.#body).digest('base64url').slice(0, 27)}"`;
    this.#headers = {
      'Cache-Control': 'no-cache',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
      'Content-Type': type,
      ETag: this.#etag,
    };
  }

  /** 304 if the client says that it has the document. */
  to(request: Request): Response {
    const known = request.headers.get('if-none-match');
    if (known === null || !isNamedIn(known, this.#etag)) {
      return new Response(this.#body, { headers: { ...this.#headers } });
    }
    const { 'Content-Type': _, ...headers } = this.#headers;
    return new Response(null, { status: 304, headers });
  }
}

/** Weak comparison, which RFC 9110 specifies for reads. */
function isNamedIn(header: string, etag: string): boolean {
  return header.split(',').some((one) => {
    const name = one.trim();
    return name === '*' || name.replace(/^W\//, '') === etag;
  });
}
