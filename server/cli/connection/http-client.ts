/** A running server's REST API for the commands: JSON in and out, errors in plain words. */
import { parseJson } from '../../parse-json.ts';
import { CliError } from '../support/errors.ts';
import { EXIT, type ExitCode } from '../support/exit-codes.ts';
import type { CredentialTokens } from './credentials.ts';
import { ownMessage, redirectWords } from './own-answer.ts';
import { unreachable, whyNotReady } from './unreachable.ts';

export interface HttpCall {
  /** Sent as JSON. With a `contentType`, a string is sent as it is. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nova's microversion, such as `2.53`. */
  readonly microversion?: string;
  /** Statuses other than 2xx that are returned instead of thrown. */
  readonly accept?: readonly number[];
}

export interface HttpAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where the text is not JSON. */
  readonly body: T;
  readonly text: string;
}

const TIMEOUT_MS = 60_000;

export class HttpClient {
  readonly url: string;
  readonly #tokens: CredentialTokens | undefined;

  /** `tokens` may be absent for requests that need none. */
  constructor(url: string, tokens?: CredentialTokens) {
    this.url = url;
    this.#tokens = tokens;
  }

  get<T>(path: string, call: HttpCall = {}): Promise<HttpAnswer<T>> {
    return this.request<T>('GET', path, call);
  }

  /** @throws CliError with the server's message */
  async request<T>(method: string, path: string, call: HttpCall = {}): Promise<HttpAnswer<T>> {
    let answer = await this.#send(method, path, call);
    if (answer.status === 401 && this.#tokens !== undefined && isReplayable(call)) {
      await answer.body?.cancel();
      this.#tokens.refused();
      answer = await this.#send(method, path, call);
    }
    const { status, headers } = answer;
    const text = await answer.text();
    if (!answer.ok && call.accept?.includes(status) !== true) {
      if (status > 300 && status < 400)
        throw new CliError(
          EXIT.unavailable,
          `${redirectWords(this.#at(path), status, headers.get('location'))}.`,
        );
      const message = ownMessage(text);
      const why = status === 503 && message !== undefined ? await whyNotReady(this.url) : undefined;
      throw refusal(method, this.#at(path), answer, why ?? message);
    }
    return { status, headers, body: parsed(text) as T, text };
  }

  async #send(method: string, path: string, call: HttpCall): Promise<Response> {
    const url = this.#at(path);
    const token = await this.#tokens?.token();
    const raw = call.contentType !== undefined;
    try {
      return await fetch(url, {
        method,
        headers: {
          accept: 'application/json',
          ...call.headers,
          ...(token === undefined ? {} : { 'x-auth-token': token }),
          ...(call.microversion === undefined
            ? {}
            : { 'openstack-api-version': `compute ${call.microversion}` }),
          ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: raw ? (call.body as string) : JSON.stringify(call.body) }),
        // Following a redirect would send the token elsewhere, and turn a POST into a GET.
        redirect: 'manual',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (error) {
      throw unreachable(url, '--url', error);
    }
  }

  #at(path: string): string {
    return path.startsWith('http') ? path : this.url + path;
  }
}

function isReplayable(call: HttpCall): boolean {
  return call.contentType === undefined || typeof call.body === 'string';
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

/** @param message the server's message; undefined if the answer is a proxy's page */
function refusal(
  method: string,
  url: string,
  { status, headers }: Response,
  message: string | undefined,
): CliError {
  const what = `${method} ${pathOnly(url)}`;
  // Keystone's middleware before Nova refuses in plain text, and names the scheme.
  if (status === 401 && (message !== undefined || /keystone/i.test(headers.get('www-authenticate') ?? '')))
    return tokenRefused();
  if (message === undefined)
    return new CliError(
      status < 500 && status !== 401 && status !== 403 ? exitOf(status) : EXIT.unavailable,
      `${what} failed with ${status}, and the answer is not hostbeat's: is a proxy in between, or another program at ${new URL(url).origin}?`,
    );
  const said = message === '' ? '' : `: ${message}`;
  if (status === 403)
    return new CliError(EXIT.noPermission, `not allowed${said} (${what} needs more rights)`);
  return new CliError(exitOf(status), `${what} failed with ${status}${said}`);
}

export function tokenRefused(): CliError {
  return new CliError(
    EXIT.noPermission,
    'the server does not accept the token: set HOSTBEAT_TOKEN or OS_USERNAME, OS_PASSWORD and OS_PROJECT_NAME again.',
  );
}

function exitOf(status: number): ExitCode {
  if (status === 400 || status === 413 || status === 422) return EXIT.data;
  if (status === 429 || status >= 502) return EXIT.unavailable;
  return status === 500 ? EXIT.internal : EXIT.failed;
}

function pathOnly(path: string): string {
  return path.replace(/^https?:\/\/[^/]+/, '').replace(/\?.*$/, '');
}
