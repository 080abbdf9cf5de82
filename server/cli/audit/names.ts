/** Looks up names for the ids in the audit log, the history and explanations, as far as the caller may list them. */
import type { HttpClient } from '../connection/http-client.ts';
import { projectNames } from '../instances/servers.ts';

/** Empty where the caller may not list, or where an external service keeps the users. */
const accept = [401, 403, 404, 501];

/** Users and agents' tokens; an actor that no longer exists keeps its id. */
export async function actorNames(http: HttpClient): Promise<ReadonlyMap<string, string>> {
  const users = await http.get<{ users?: readonly { id: string; name: string }[] }>('/identity/v3/users', {
    accept,
  });
  const tokens = await http.get<{ agent_tokens?: readonly { id: string; label: string }[] }>(
    '/v1/agent-tokens',
    { accept },
  );
  return new Map([
    ...(users.body?.users ?? []).map(({ id, name }) => [id, name] as const),
    ...(tokens.body?.agent_tokens ?? []).map(({ id, label }) => [id, `agent ${label}`] as const),
  ]);
}

/** Actors and projects. */
export async function idNames(http: HttpClient): Promise<ReadonlyMap<string, string>> {
  return new Map([...(await projectNames(http)), ...(await actorNames(http))]);
}
