/** `hostbeat nodes`: the processes that share one database, from a running server. */
import type { NodeList } from '../../api/answers/nodes.ts';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { ageText } from '../support/text.ts';

export interface NodesFlags extends ConnectionFlags {
  readonly json?: boolean;
}

export async function listNodes(flags: NodesFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { body } = await http.get<NodeList>('/v1/nodes');
  const { self, nodes } = body;
  const isWell =
    self === null || (nodes.some(({ leads }) => leads) && nodes.every(({ trouble }) => !trouble));
  if (!isWell) process.exitCode = 1;
  if (flags.json === true) return terminal.out(json(body, 2));
  if (self === null) return terminal.out('One process uses the database alone: there are no nodes.\n');
  const now = Date.now();
  const rows = nodes.map((node) => [
    `${node.id}${node.id === self ? ' (asked)' : ''}`,
    node.name ?? '-',
    node.version ?? '-',
    node.started_at === null ? '-' : ageText(node.started_at, now),
    node.leads ? 'leads' : node.state === 'live' ? 'follows' : node.state,
    String(node.commit),
    String(node.behind),
    node.trouble ?? '-',
  ]);
  terminal.out(table(['ID', 'NAME', 'VERSION', 'STARTED', 'STATE', 'COMMIT', 'BEHIND', 'TROUBLE'], rows));
}
