/** Entry point `./rest`: host_status for programs that poll, through Nova's own API; and its history. */
import type { HostStatus } from '../protocol/host-status.ts';
import type { Change } from '../protocol/items.ts';
import { UsageError } from './errors.ts';
import { checkCount } from './support/numbers.ts';
import { PromptIterator } from './support/prompt-iterator.ts';
import { Requests, type RestOptions, unlessMissing } from './support/request.ts';

export { RequestError, type RestOptions } from './support/request.ts';

/** The first microversion that shows host_status. */
const NOVA = { headers: { 'openstack-api-version': 'compute 2.16' } } as const;

/** A server as Nova shows it. This client promises only the fields named here. */
export interface RestServer {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly hostId: string;
  /** Absent if the policy hides it. */
  readonly host_status?: HostStatus;
  readonly [key: string]: unknown;
}

export interface ServersQuery {
  /** Only servers whose host_status is one of these. */
  readonly hostStatus?: readonly HostStatus[] | undefined;
  /** Servers in one answer. Default: the server's. */
  readonly pageSize?: number | undefined;
}

/** A recorded change, and its place in the project's stream. */
export type HistoryItem = Change & { readonly seq: number };

export interface HistoryQuery {
  /** Only changes before this seq. */
  readonly before?: number | undefined;
  /** Changes in one answer; a few more if they were committed together. Default: the server's. */
  readonly pageSize?: number | undefined;
}

export class Rest {
  readonly #requests: Requests;

  /** @throws UsageError for a `url` that cannot work */
  constructor(options: RestOptions) {
    this.#requests = new Requests(options);
  }

  /**
   * @returns undefined if the server does not exist or belongs to another project: the answer is the same
   * @throws RequestError TokenProviderError
   */
  async server(id: string): Promise<RestServer | undefined> {
    const path = `/v2.1/servers/${encodeURIComponent(id)}`;
    const found = await unlessMissing(this.#requests.ask<{ server: RestServer }>('GET', path, NOVA));
    return found?.server;
  }

  /**
   * The project's servers, page by page as they are taken. Leaving the loop aborts a request that is under way.
   * @throws UsageError at once for an option that cannot work; RequestError TokenProviderError from `next()`
   */
  servers(query: ServersQuery = {}): AsyncGenerator<RestServer, void, undefined> {
    checkCount('pageSize', query.pageSize);
    return prompt((signal) => this.#servers(query, signal));
  }

  /**
   * The recorded changes of one server, newest first, page by page as they are taken, as far back as the log is kept.
   * @throws UsageError at once for an option that cannot work; from `next()` RequestError (404: the server does not exist,
   * or belongs to another project) TokenProviderError
   */
  history(id: string, query: HistoryQuery = {}): AsyncGenerator<HistoryItem, void, undefined> {
    checkCount('pageSize', query.pageSize);
    if (query.before !== undefined && !(Number.isSafeInteger(query.before) && query.before >= 0)) {
      throw new UsageError(`the option "before" is ${String(query.before)}: give the seq of an item`);
    }
    return prompt((signal) => this.#history(id, query, signal));
  }

  async *#servers(query: ServersQuery, signal: AbortSignal): AsyncGenerator<RestServer, void, undefined> {
    const search = new URLSearchParams();
    for (const status of query.hostStatus ?? []) search.append('host_status', status);
    if (query.pageSize !== undefined) search.set('limit', String(query.pageSize));
    let path: string | undefined = `/v2.1/servers/detail?${search}`;
    while (path !== undefined) {
      const page: ServersPage = await this.#requests.ask<ServersPage>('GET', path, { ...NOVA, signal });
      yield* page.servers;
      const next: string | undefined = page.servers_links?.find(({ rel }) => rel === 'next')?.href;
      // Uses only the link's query: behind a proxy the server may know itself by another address.
      path = next && `/v2.1/servers/detail${new URL(next).search}`;
    }
  }

  async *#history(
    id: string,
    query: HistoryQuery,
    signal: AbortSignal,
  ): AsyncGenerator<HistoryItem, void, undefined> {
    const search = new URLSearchParams({ server: id });
    if (query.pageSize !== undefined) search.set('limit', String(query.pageSize));
    let before: string | number | null = query.before ?? null;
    do {
      if (before !== null) search.set('before', String(before));
      const page: HistoryPage = await this.#requests.ask<HistoryPage>('GET', `/v1/history?${search}`, {
        signal,
      });
      yield* page.items;
      before = page.next;
    } while (before !== null);
  }
}

/** A generator that the caller can leave while it waits for an answer. */
function prompt<T>(pages: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>): PromptIterator<T> {
  const stop = new AbortController();
  const generator = pages(stop.signal);
  return new PromptIterator(
    () => generator.next(),
    () => stop.abort(),
  );
}

interface ServersPage {
  readonly servers: readonly RestServer[];
  readonly servers_links?: readonly { readonly rel: string; readonly href: string }[];
}

interface HistoryPage {
  readonly server_id: string;
  readonly items: readonly HistoryItem[];
  readonly next: string | null;
}
