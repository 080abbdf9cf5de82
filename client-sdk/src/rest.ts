/** Public door `./rest`: the same host_status by asking, for programs that poll, through Nova's own API. */
import type { HostStatus } from '../protocol/host-status.ts';
import { HostbeatError, messageOf } from './errors.ts';
import { baseUrl, OPEN_TIMEOUT_MS } from './options.ts';
import { realTimer } from './timeout.ts';
import { askToken, type TokenSource } from './token.ts';

/** The first microversion that shows host_status. */
const MICROVERSION = 'compute 2.16';

export interface RestOptions {
  /** The service: `https://host:port`. Never holds a secret. */
  readonly url: string;
  /** A token, or how to get one: asked before every request. */
  readonly token: TokenSource;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch | undefined;
}

/** A server as Nova shows it; what is named here is what this client promises. */
export interface RestServer {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly hostId: string;
  /** Absent where the policy hides it. */
  readonly host_status?: HostStatus;
  readonly [key: string]: unknown;
}

export interface ServersQuery {
  /** Only servers whose host_status is one of these. */
  readonly hostStatus?: readonly HostStatus[] | undefined;
  /** Servers in one answer of the server. Default: its own. */
  readonly pageSize?: number | undefined;
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

export class Rest {
  readonly #base: string;
  readonly #token: RestOptions['token'];
  readonly #fetch: typeof fetch;

  /** @throws UsageError for a `url` that cannot work */
  constructor(options: RestOptions) {
    this.#base = baseUrl(options.url);
    this.#token = options.token;
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
  }

  /**
   * @returns undefined if there is none, or none of one's own: the server does not tell the two apart
   * @throws RequestError TokenProviderError
   */
  async server(id: string): Promise<RestServer | undefined> {
    try {
      const { server } = await this.#get<{ server: RestServer }>(
        `${this.#base}/v2.1/servers/${encodeURIComponent(id)}`,
      );
      return server;
    } catch (error) {
      if (error instanceof RequestError && error.status === 404) return undefined;
      throw error;
    }
  }

  /**
   * One's own servers, page by page as they are taken.
   * @throws RequestError TokenProviderError
   */
  async *servers(query: ServersQuery = {}): AsyncGenerator<RestServer, void, undefined> {
    const search = new URLSearchParams();
    for (const status of query.hostStatus ?? []) search.append('host_status', status);
    if (query.pageSize !== undefined) search.set('limit', String(query.pageSize));
    let path: string | undefined = `${this.#base}/v2.1/servers/detail?${search}`;
    while (path !== undefined) {
      const page: Page = await this.#get<Page>(path);
      yield* page.servers;
      const next: string | undefined = page.servers_links?.find(({ rel }) => rel === 'next')?.href;
      // Only its query: behind a proxy the address that the server believes in may not be ours.
      path = next && `${this.#base}/v2.1/servers/detail${new URL(next).search}`;
    }
  }

  async #get<T>(url: string): Promise<T> {
    const headers = {
      accept: 'application/json',
      'x-auth-token': await askToken(this.#token, OPEN_TIMEOUT_MS, realTimer),
      'openstack-api-version': MICROVERSION,
    };
    let answer: Response;
    let text: string;
    try {
      answer = await this.#fetch(url, { headers });
      text = await answer.text();
    } catch (error) {
      throw new RequestError(0, `no answer from the server: ${messageOf(error)}`, { cause: error });
    }
    if (!answer.ok) {
      throw new RequestError(answer.status, `the server answered ${answer.status}: ${text.slice(0, 500)}`);
    }
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new RequestError(answer.status, 'the server answered something that is not JSON');
    }
  }
}

interface Page {
  readonly servers: readonly RestServer[];
  readonly servers_links?: readonly { readonly rel: string; readonly href: string }[];
}
