/**
 * Requests and answers as plain objects, for endpoints that are called thousands of times a second: making and reading
 * the web's objects costs more than most of these answers. A web `Request` is a `PlainRequest`, so one handler serves
 * both.
 */

/** What a handler may read of a request before its body. */
export interface RequestHead {
  readonly method: string;
  readonly url: string;
  readonly headers: Pick<Headers, 'get'>;
  /** The path of the whole URL, where it has no query and needs no decoding. */
  readonly path?: string;
}

export interface PlainRequest extends RequestHead {
  /** The whole body, decoded as UTF-8. */
  text(): Promise<string>;
  readonly body?: ReadableStream<Uint8Array> | null;
  /** The whole body, where that is faster to read than `body`. */
  arrayBuffer?(): Promise<ArrayBuffer>;
  /** Aborted when the caller has hung up. */
  readonly signal?: AbortSignal;
}

/** `B` is the type of body that an answer may have besides a text. */
export interface PlainAnswer<B = never> {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | null | B;
}

/** Answers a request directly, without the framework. `peer` is the address at the other end of the connection. */
export type DirectHandler = (
  request: PlainRequest,
  peer: string | undefined,
) => Promise<PlainAnswer<ReadableStream<Uint8Array>>>;

export function plainJson(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): PlainAnswer {
  return { status, headers: { ...headers, 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** The same answer for a framework. */
export function toResponse({ status, headers, body }: PlainAnswer<ReadableStream<Uint8Array>>): Response {
  return new Response(body, { status, headers });
}
