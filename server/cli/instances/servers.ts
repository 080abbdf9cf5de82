/** Finds one server or project by id or name. */
import { findNamed } from '../accounts/directory.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { MICROVERSION, type NovaServer, serverPages } from './pages.ts';

export const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/**
 * An administrator searches every project.
 * @throws CliError `failed` if no server matches, or several have the name
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
  const named = (await search(true)) ?? (await search(false)) ?? [];
  const found = named.length === 0 && SHORT_ID.test(idOrName) ? await beginningWith(http, idOrName) : named;
  const [server] = found;
  if (server === undefined)
    throw new CliError(
      EXIT.failed,
      `there is no server "${idOrName}"; "hostbeat instances list" shows which exist.`,
    );
  if (found.length > 1)
    throw new CliError(
      EXIT.failed,
      `"${idOrName}" is the name, or the beginning of the id, of ${found.length} servers: name one by its id (${found.map(({ id }) => id).join(', ')}).`,
    );
  return server;
}

/** A server as lists show it. */
const SHORT_ID = /^[0-9a-f]{8}$/i;

/** The API does not search ids: every page is read. */
async function beginningWith(http: HttpClient, beginning: string): Promise<readonly NovaServer[]> {
  const search = async (everywhere: boolean) => {
    const found: NovaServer[] = [];
    for await (const page of serverPages(http, { everywhere }))
      found.push(...page.filter(({ id }) => id.startsWith(beginning.toLowerCase())));
    return found;
  };
  return search(true).catch((error: CliError) => {
    if (error.exit !== EXIT.noPermission) throw error;
    return search(false);
  });
}

/**
 * The ids of servers that were given by id or name. An id is kept as it is: a key may be made before its server. Names
 * cannot be looked up with a watch key, which then gets the server's own refusal.
 */
export async function serverIds(
  http: HttpClient,
  given: readonly string[] | undefined,
): Promise<readonly string[] | undefined> {
  if (given === undefined) return undefined;
  const ids: string[] = [];
  for (const one of given) ids.push(UUID.test(one) ? one.toLowerCase() : (await findServer(http, one)).id);
  return ids;
}

/** The id of a project. Where projects cannot be listed, the argument counts as the id. */
export async function projectId(http: HttpClient, idOrName: string): Promise<string> {
  const { status, body } = await http.get<{ projects?: readonly { id: string; name: string }[] }>(
    '/identity/v3/projects',
    { accept: [403, 404, 501] },
  );
  if (status !== 200 || body?.projects === undefined) return idOrName;
  return findNamed('project', body.projects, idOrName).id;
}

/** Names of projects by id, as far as the caller may list them. */
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
