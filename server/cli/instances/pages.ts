/** Reads every server that the caller may see, page by page. */
import type { HttpClient } from '../connection/http-client.ts';

/** The first microversion that has host_status. */
export const MICROVERSION = '2.16';

export interface NovaServer {
  readonly id: string;
  readonly name?: string;
  readonly tenant_id?: string;
  readonly status: string;
  readonly host_status?: string;
  readonly 'OS-EXT-SRV-ATTR:host'?: string | null;
}

export interface Which {
  /** Servers of every project, where the caller may list them; else of the caller's project. */
  readonly everywhere: boolean;
  /** Of this project alone; for administrators. */
  readonly projectId?: string;
  readonly host?: string;
  readonly hostStatus?: readonly string[];
}

interface Page {
  readonly servers?: readonly NovaServer[];
  readonly servers_links?: readonly { readonly rel: string; readonly href: string }[];
}

const PAGE = 1_000;

export async function* serverPages(http: HttpClient, which: Which): AsyncGenerator<readonly NovaServer[]> {
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (which.everywhere || which.host !== undefined || which.projectId !== undefined)
    query.set('all_tenants', '1');
  if (which.projectId !== undefined) query.set('project_id', which.projectId);
  if (which.host !== undefined) query.set('host', which.host);
  for (const status of which.hostStatus ?? []) query.append('host_status', status);
  for (;;) {
    const { body } = await http.get<Page>(`/v2.1/servers/detail?${query}`, { microversion: MICROVERSION });
    const servers = body.servers ?? [];
    yield servers;
    const last = servers.at(-1);
    if (last === undefined || body.servers_links?.some(({ rel }) => rel === 'next') !== true) return;
    // Uses the marker, not the link, whose address may be unreachable from here.
    query.set('marker', last.id);
  }
}
