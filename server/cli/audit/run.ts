/** `hostbeat audit`: prints what operators did, from a running server. */
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { ageText } from '../support/text.ts';

export interface AuditFlags extends ConnectionFlags {
  readonly actor?: string;
  readonly action?: string;
  readonly subject?: string;
  readonly since?: string;
  readonly until?: string;
  readonly limit: string;
  readonly json?: boolean;
}

interface AuditRow {
  readonly at: string;
  readonly actor: string;
  readonly from: string | null;
  readonly action: string;
  readonly subject: string;
  readonly changes: Readonly<Record<string, readonly [unknown, unknown]>>;
}

export async function listAudit(flags: AuditFlags, terminal: Terminal): Promise<void> {
  const { http } = connected(flags, terminal);
  const query = new URLSearchParams({ limit: flags.limit });
  for (const name of ['actor', 'action', 'subject', 'since', 'until'] as const) {
    const value = flags[name];
    if (value !== undefined) query.set(name, value);
  }
  if (flags.actor !== undefined) query.set('actor', await actorNamed(http, flags.actor));
  const { body } = await http.get<{ entries: readonly AuditRow[] }>(`/v1/audit?${query}`);
  if (flags.json === true) return terminal.out(json(body.entries, 2));
  const names = await actorNames(http);
  const now = Date.now();
  const rows = body.entries.map(({ at, actor, from, action, subject, changes }) => [
    at,
    ageText(at, now),
    names.get(actor) ?? actor,
    from ?? '-',
    action,
    subject,
    Object.entries(changes)
      .map(([name, [was, is]]) => `${name}: ${JSON.stringify(was)} -> ${JSON.stringify(is)}`)
      .join(', '),
  ]);
  terminal.out(table(['AT', 'AGE', 'ACTOR', 'ADDRESS', 'ACTION', 'SUBJECT', 'CHANGES'], rows));
}

/** The id of the actor with this name, as the list shows it; the argument itself if there is none. */
async function actorNamed(http: HttpClient, given: string): Promise<string> {
  for (const [id, name] of await actorNames(http)) if (name === given) return id;
  return given;
}

/** Names users and agents' tokens, as far as the caller may list them; an actor that no longer exists keeps its id. */
export async function actorNames(http: HttpClient): Promise<ReadonlyMap<string, string>> {
  const accept = [401, 403, 404, 501];
  const users = await http.get<{ users?: readonly { id: string; name: string }[] }>('/identity/v3/users', {
    accept,
  });
  const tokens = await http.get<{ agent_tokens?: readonly { id: string; label: string }[] }>(
    '/v1/agent-tokens',
    {
      accept,
    },
  );
  return new Map([
    ...(users.body?.users ?? []).map(({ id, name }) => [id, name] as const),
    ...(tokens.body?.agent_tokens ?? []).map(({ id, label }) => [id, `agent ${label}`] as const),
  ]);
}
