/** Public door `./rest`: the same host_status by asking, for programs that poll, through Nova's own API; and what it was. */
import type { HostStatus } from '../protocol/host-status.ts';
import type { Change } from '../protocol/items.ts';
import { Requests, type RestOptions, unlessMissing } from './support/request.ts';

export { RequestError, type RestOptions } from './support/request.ts';

/** The first microversion that shows host_status. */
const NOVA = { headers: { 'openstack-api-version': 'compute 2.16' } } as const;

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

/** A change of the past, and its place in the project's stream. */
export type HistoryItem = Change & { readonly seq: number };

export interface HistoryQuery {
  /** Only what is older than this seq. */
  readonly before?: number | undefined;
  /** Changes in one answer of the server; some more, where they were committed together. Default: its own. */
  readonly pageSize?: number | undefined;
}

export class Rest {
  readonly #requests: Requests;

  /** @throws UsageError for a `url` that cannot work */
  constructor(options: RestOptions) {
    this.#requests = new Requests(options);
  }

  /**
   * @returns undefined if there is none, or none of one's own: the server does not tell the two apart
   * @throws RequestError TokenProviderError
   */
  async server(id: string): Promise<RestServer | undefined> {
    const path = `/v2.1/servers/${encodeURIComponent(id)}`;
    const found = await unlessMissing(this.#requests.ask<{ server: RestServer }>('GET', path, NOVA));
    return found?.server;
  }

  /**
   * One's own servers, page by page as they are taken.
   * @throws RequestError TokenProviderError
   */
  async *servers(query: ServersQuery = {}): AsyncGenerator<RestServer, void, undefined> {
    const search = new URLSearchParams();
    for (const status of query.hostStatus ?? []) search.append('host_status', status);
    if (query.pageSize !== undefined) search.set('limit', String(query.pageSize));
    let path: string | undefined = `/v2.1/servers/detail?${search}`;
    while (path !== undefined) {
      const page: ServersPage = await this.#requests.ask<ServersPage>('GET', path, NOVA);
      yield* page.servers;
      const next: string | undefined = page.servers_links?.find(({ rel }) => rel === 'next')?.href;
      // Only its query: behind a proxy the address that the server believes in may not be ours.
      path = next && `/v2.1/servers/detail${new URL(next).search}`;
    }
  }

  /**
   * What was recorded of one server, newest first, page by page as it is taken. It reaches back as far as the log is kept.
   * @throws RequestError (404: there is no such server, or none of one's own) TokenProviderError
   */
  async *history(id: string, query: HistoryQuery = {}): AsyncGenerator<HistoryItem, void, undefined> {
    const search = new URLSearchParams({ server: id });
    if (query.pageSize !== undefined) search.set('limit', String(query.pageSize));
    let before: string | number | null = query.before ?? null;
    do {
      if (before !== null) search.set('before', String(before));
      const page: HistoryPage = await this.#requests.ask<HistoryPage>('GET', `/v1/history?${search}`);
      yield* page.items;
      before = page.next;
    } while (before !== null);
  }
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
