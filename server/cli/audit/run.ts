/** `hostbeat audit`: prints what operators did, from a running server. */

import { type ConnectionFlags, connected } from '../connection/connection.ts';
import type { HttpClient } from '../connection/http-client.ts';
import { findServer, projectId, UUID } from '../instances/servers.ts';
import { withNames } from '../support/names.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { ageText } from '../support/text.ts';
import { timeOf } from '../support/times.ts';
import { actorNames, idNames } from './names.ts';

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
  const { http } = await connected(flags, terminal);
  const query = new URLSearchParams({ limit: flags.limit });
  for (const name of ['since', 'until'] as const) {
    const value = flags[name];
    if (value !== undefined) query.set(name, timeOf(`--${name}`, value));
  }
  if (flags.action !== undefined) query.set('action', flags.action);
  if (flags.actor !== undefined) query.set('actor', await actorNamed(http, flags.actor));
  if (flags.subject !== undefined) query.set('subject', await subjectNamed(http, flags.subject));
  const { body } = await http.get<{ entries: readonly AuditRow[] }>(`/v1/audit?${query}`);
  if (flags.json === true) return terminal.out(json(body.entries, 2));
  const names = await idNames(http);
  const now = Date.now();
  const rows = body.entries.map(({ at, actor, from, action, subject, changes }) => [
    at,
    ageText(at, now),
    names.get(actor) ?? actor,
    from ?? '-',
    action,
    withNames(subject, names),
    Object.entries(changes)
      .map(
        ([name, [was, is]]) =>
          `${withNames(name, names)}: ${valueText(was, names)} -> ${valueText(is, names)}`,
      )
      .join(', '),
  ]);
  terminal.out(table(['AT', 'AGE', 'ACTOR', 'ADDRESS', 'ACTION', 'SUBJECT', 'CHANGES'], rows));
}

function valueText(value: unknown, names: ReadonlyMap<string, string>): string {
  return withNames(JSON.stringify(value), names);
}

/** The id of the actor with this name, as the list shows it; the argument itself if no actor has it. */
async function actorNamed(http: HttpClient, given: string): Promise<string> {
  for (const [id, name] of await actorNames(http)) if (name === given) return id;
  return given;
}

/** Replaces the name in `instance:`, `user:` and `project:` by the id, which the log has. */
async function subjectNamed(http: HttpClient, given: string): Promise<string> {
  const [, kind, name = ''] = /^(instance|user|project|agent-token):(.+)$/.exec(given) ?? [];
  if (kind === undefined) return given;
  if (kind === 'instance') return `${kind}:${UUID.test(name) ? name : (await findServer(http, name)).id}`;
  if (kind === 'project') return `${kind}:${await projectId(http, name)}`;
  const label = kind === 'user' ? name : `agent ${name}`;
  const id = await actorNamed(http, label);
  return `${kind}:${id === label ? name : id}`;
}
