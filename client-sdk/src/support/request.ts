/** Plain requests to the service, for the entry points that poll. */

import { askToken, checkToken, type TokenSource } from '../connection/token.ts';
import { HostbeatError, messageOf } from '../errors.ts';
import { baseUrl, OPEN_TIMEOUT_MS, urlsOf } from '../options.ts';
import { checkMs } from './numbers.ts';
import { realTimer } from './timeout.ts';

export interface RestOptions {
  /** The service: `https://host:port`. Never contains a secret. Several nodes: the first that answers is used. */
  readonly url: string | readonly string[];
  /** A token, or a function that returns one: called before every request, and once more if the server answers 401. */
  readonly token: TokenSource;
  /** How long a whole answer may take; ms. Default 30 000. */
  readonly timeoutMs?: number | undefined;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
}

/** A request that failed, or was refused. */
export class RequestError extends HostbeatError {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** Whether hostbeat itself, not an intermediary, gave the answer. */
  readonly isOwn: boolean;

  constructor(status: number, message: string, options?: ErrorOptions & { readonly isOwn?: boolean }) {
    super(message, options);
    this.status = status;
    this.isOwn = options?.isOwn ?? true;
  }

  /** The server's trouble passes; a wrong request stays wrong. */
  override shouldRetry(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** How long one of several nodes may take to accept a connection, and to answer. */
const ANSWER_MS = 3_000;
const PAGE_MS = 10_000;

/** No answer, or not one of hostbeat's. Every node refuses the same request alike. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof RequestError)) return false;
  return error.status < 400 || error.status >= 502 || !error.isOwn;
}

export class Requests {
  readonly #bases: readonly string[];
  #at = 0;
  readonly #token: TokenSource;
  readonly #timeoutMs: number;
  readonly #fetch: typeof fetch;

  /** @throws UsageError for a `url` that cannot work */
  constructor(options: RestOptions) {
    this.#bases = urlsOf(options.url).map(baseUrl);
    checkToken(options.token);
    checkMs('timeoutMs', options.timeoutMs, 1);
    this.#token = options.token;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /**
   * @param path from the service's root
   * @returns the answer's content; undefined if it is empty
   * @throws RequestError TokenProviderError
   */
  async ask<T>(method: Method, path: string, more: RequestInput = {}): Promise<T> {
    // A request that changes something is sent once, to a node that was seen to answer; a read may be sent to each.
    if (method !== 'GET') await this.#findNode(more.signal);
    for (let left = this.#bases.length; ; left--) {
      try {
        return await this.#ask<T>(method, path, more);
      } catch (error) {
        if (left <= 1 || method !== 'GET' || !isOutage(error) || more.signal?.aborted) throw error;
        this.#moveOn();
      }
    }
  }

  #moveOn(): void {
    this.#at = (this.#at + 1) % this.#bases.length;
  }

  async #findNode(stop: AbortSignal | undefined): Promise<void> {
    for (let left = this.#bases.length; left > 1 && !stop?.aborted; left--) {
      try {
        const signal = AbortSignal.timeout(ANSWER_MS);
        const answer = await this.#fetch(`${this.#bases[this.#at]}/healthz`, { signal, redirect: 'manual' });
        if (answer.ok && typeof JSON.parse(await answer.text()) === 'object') return;
      } catch {
        // It does not answer, or an intermediary does.
      }
      this.#moveOn();
    }
  }

  async #ask<T>(method: Method, path: string, more: RequestInput): Promise<T> {
    let { answer, text } = await this.#send(method, path, more, false);
    // Without a valid token the server did nothing, so any method may be repeated.
    if (answer.status === 401 && typeof this.#token === 'function') {
      ({ answer, text } = await this.#send(method, path, more, true));
    }
    if (answer.type === 'opaqueredirect' || (answer.status >= 300 && answer.status < 400)) {
      throw new RequestError(
        answer.status,
        `the server answered with a redirect (${answer.status}), and the token goes to no other address: check "url"`,
      );
    }
    if (!answer.ok) {
      throw new RequestError(answer.status, `the server answered ${answer.status}: ${text.slice(0, 500)}`, {
        isOwn: isJson(text),
      });
    }
    try {
      return (text === '' ? undefined : JSON.parse(text)) as T;
    } catch {
      throw new RequestError(answer.status, 'the server answered something that is not JSON', {
        isOwn: false,
      });
    }
  }

  async #send(method: Method, path: string, more: RequestInput, refused: boolean) {
    const headers = {
      accept: 'application/json',
      'x-auth-token': await askToken(this.#token, OPEN_TIMEOUT_MS, realTimer, refused),
      ...(more.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more.headers,
    };
    const body = more.body === undefined ? null : JSON.stringify(more.body);
    const areSeveral = this.#bases.length > 1 && method === 'GET';
    const late = AbortSignal.timeout(areSeveral ? Math.min(this.#timeoutMs, PAGE_MS) : this.#timeoutMs);
    const signal = more.signal === undefined ? late : AbortSignal.any([late, more.signal]);
    try {
      const answer = await this.#fetch(this.#bases[this.#at] + path, {
        method,
        headers,
        body,
        signal,
        redirect: 'manual',
      });
      return { answer, text: await answer.text() };
    } catch (error) {
      throw new RequestError(0, `no answer from the server: ${messageOf(error)}`, { cause: error });
    }
  }
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return text.trim() === '';
  }
}

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

interface RequestInput {
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborts the request. */
  readonly signal?: AbortSignal;
}

/** The resource with an id; undefined if it does not exist or belongs to another project: the answer is the same. */
export async function unlessMissing<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return undefined;
    throw error;
  }
}
