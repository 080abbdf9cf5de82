/** One server by its id or its name, and one project likewise, for commands that act on one. */
import { find } from '../accounts/directory.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';

export interface NovaServer {
  readonly id: string;
  readonly name?: string;
  readonly tenant_id?: string;
  readonly status: string;
  readonly host_status?: string;
  readonly 'OS-EXT-SRV-ATTR:host'?: string | null;
}

/** The first that has host_status. */
export const MICROVERSION = '2.16';
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * An administrator's search is over every project.
 * @throws CliError `failed` if no server has it, or several of one name
 */
export async function findServer(http: HttpClient, idOrName: string): Promise<NovaServer> {
  if (UUID.test(idOrName)) {
    const { body } = await http.get<{ server: NovaServer }>(`/v2.1/servers/${idOrName.toLowerCase()}`, {
      microversion: MICROVERSION,
    });
    return body.server;
  }
  const query = new URLSearchParams({ name: `^${idOrName.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$` });
  const search = async (everywhere: boolean) => {
    if (everywhere) query.set('all_tenants', '1');
    else query.delete('all_tenants');
    const { status, body } = await http.get<{ servers?: readonly NovaServer[] }>(
      `/v2.1/servers/detail?${query}`,
      { microversion: MICROVERSION, accept: everywhere ? [403] : [] },
    );
    return status === 403 ? undefined : (body.servers ?? []);
  };
  const found = (await search(true)) ?? (await search(false)) ?? [];
  const [server] = found;
  if (server === undefined)
    throw new CliError(
      EXIT.failed,
      `there is no server "${idOrName}"; "hostbeat instances list" shows those there are.`,
    );
  if (found.length > 1)
    throw new CliError(
      EXIT.failed,
      `${found.length} servers are called "${idOrName}": name one by its id (${found.map(({ id }) => id).join(', ')}).`,
    );
  return server;
}

/** The id of a project; where projects are kept elsewhere and cannot be listed, what was given is taken for the id. */
export async function projectId(http: HttpClient, idOrName: string): Promise<string> {
  const { status, body } = await http.get<{ projects?: readonly { id: string; name: string }[] }>(
    '/identity/v3/projects',
    { accept: [403, 404, 501] },
  );
  if (status !== 200 || body?.projects === undefined) return idOrName;
  return find('project', body.projects, idOrName).id;
}

/** Names of projects by id, as far as one may see them. */
export async function projectNames(http: HttpClient): Promise<ReadonlyMap<string, string>> {
  const { body } = await http.get<{ projects?: readonly { id: string; name: string }[] }>(
    '/identity/v3/auth/projects',
    { accept: [401, 403, 404, 501] },
  );
  const all = await http.get<{ projects?: readonly { id: string; name: string }[] }>(
    '/identity/v3/projects',
    {
      accept: [401, 403, 404, 501],
    },
  );
  const known = [...(body?.projects ?? []), ...(all.body?.projects ?? [])];
  return new Map(known.map(({ id, name }) => [id, name]));
}
