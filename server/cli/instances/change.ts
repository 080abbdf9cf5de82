/** `hostbeat instances add|show|move|delete`: one server, in a deployment without Nova. */
import { randomUUID } from 'node:crypto';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { withAges } from '../support/times.ts';
import { checkName } from '../user/run.ts';
import { findServer, projectId } from './servers.ts';

export interface OneFlags extends ConnectionFlags {
  readonly json?: boolean;
}

export interface AddFlags extends OneFlags {
  readonly project: string;
  readonly host?: string;
  readonly id?: string;
}

type Document = Readonly<Record<string, unknown>> & { readonly name: string; readonly host: string | null };

const path = (id: string) => `/v1/instances/${id}`;

export async function addInstance(name: string, flags: AddFlags, terminal: Terminal): Promise<void> {
  checkName('<name>', name);
  const { http } = await connected(flags, terminal);
  const id = (flags.id ?? randomUUID()).toLowerCase();
  const body = { name, project_id: await projectId(http, flags.project), host: flags.host ?? null };
  const answer = await http.request<Document>('PUT', path(id), { body });
  if (flags.json === true) return terminal.out(json(answer.body, 2));
  terminal.out(`${name} is ${id}${flags.host === undefined ? '' : ` on ${flags.host}`}\n`);
}

export async function showInstance(server: string, flags: OneFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const found = await findServer(http, server);
  if (flags.json === true) return terminal.out(json(found, 2));
  const now = Date.now();
  const rows = Object.entries(found).map(([field, value]) => [
    field,
    typeof value === 'object' && value !== null
      ? JSON.stringify(value)
      : value === null
        ? '-'
        : withAges(String(value), now),
  ]);
  terminal.out(table(['FIELD', 'VALUE'], rows));
}

export async function moveInstance(
  server: string,
  host: string,
  flags: OneFlags,
  terminal: Terminal,
): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { id } = await findServer(http, server);
  const { body: now } = await http.get<Document>(path(id));
  const body = { name: now.name, project_id: now.project_id, host: host === '-' ? null : host };
  const answer = await http.request<Document>('PUT', path(id), { body });
  if (flags.json === true) return terminal.out(json(answer.body, 2));
  terminal.out(`${now.name}: ${now.host ?? '-'} -> ${host}\n`);
}

export async function deleteInstance(server: string, flags: OneFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { id, name = id } = await findServer(http, server);
  await http.request('DELETE', path(id));
  if (flags.json === true) return terminal.out(json({ id, name }, 2));
  terminal.out(`${name}: deleted\n`);
}
