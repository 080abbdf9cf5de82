/** Plain requests to the service, for the doors that ask instead of follow. */

import { askToken, type TokenSource } from '../connection/token.ts';
import { HostbeatError, messageOf } from '../errors.ts';
import { baseUrl, OPEN_TIMEOUT_MS } from '../options.ts';
import { realTimer } from './timeout.ts';

export interface RestOptions {
  /** The service: `https://host:port`. Never holds a secret. */
  readonly url: string;
  /** A token, or how to get one: asked before every request. */
  readonly token: TokenSource;
  /** How long an answer may take, to its end; ms. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
}

/** A request that was not answered as hoped. */
export class RequestError extends HostbeatError {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
  }

  /** The server's trouble passes, the request's own does not. */
  override shouldRetry(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export class Requests {
  readonly #base: string;
  readonly #token: TokenSource;
  readonly #timeoutMs: number;
  readonly #fetch: typeof fetch;

  /** @throws UsageError for a `url` that cannot work */
  constructor(options: RestOptions) {
    this.#base = baseUrl(options.url);
    this.#token = options.token;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /**
   * @param path from the service's root
   * @returns what the answer holds; undefined where it is empty
   * @throws RequestError TokenProviderError
   */
  async ask<T>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    more: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<T> {
    const headers = {
      accept: 'application/json',
      'x-auth-token': await askToken(this.#token, OPEN_TIMEOUT_MS, realTimer),
      ...(more.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more.headers,
    };
    const body = more.body === undefined ? null : JSON.stringify(more.body);
    let answer: Response;
    let text: string;
    try {
      const signal = AbortSignal.timeout(this.#timeoutMs);
      answer = await this.#fetch(this.#base + path, { method, headers, body, signal });
      text = await answer.text();
    } catch (error) {
      throw new RequestError(0, `no answer from the server: ${messageOf(error)}`, { cause: error });
    }
    if (!answer.ok) {
      throw new RequestError(answer.status, `the server answered ${answer.status}: ${text.slice(0, 500)}`);
    }
    try {
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } catch {
      throw new RequestError(answer.status, 'the server answered something that is not JSON');
    }
  }
}

/** What is asked for by its id; undefined if there is none, or none of one's own: the server does not tell the two apart. */
export async function unlessMissing<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return undefined;
    throw error;
  }
}
