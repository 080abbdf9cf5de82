/** `hostbeat history SERVER`: prints the recorded changes of one server, newest first. */
import type { Change } from '../../../client-sdk/protocol/items.ts';
import { actorNames } from '../audit/names.ts';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import { findServer } from '../instances/servers.ts';
import { CliError } from '../support/errors.ts';
import { EXIT } from '../support/exit-codes.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { ageText } from '../support/text.ts';
import { causeText } from '../watch/lines.ts';

export interface HistoryFlags extends ConnectionFlags {
  readonly limit: string;
  readonly json?: boolean;
}

interface Page {
  readonly items: readonly (Change & { readonly seq: number })[];
  readonly next: string | null;
}

export async function showHistory(server: string, flags: HistoryFlags, terminal: Terminal): Promise<void> {
  const most = Number(flags.limit);
  if (!Number.isInteger(most) || most < 1)
    throw new CliError(EXIT.usage, `--limit (${flags.limit}) must be a whole number of at least 1.`);
  const { http } = await connected(flags, terminal);
  const { id } = await findServer(http, server);
  const items: Page['items'][number][] = [];
  for (let before: string | null = ''; before !== null && items.length < most; ) {
    const query = new URLSearchParams({ server: id, ...(before === '' ? {} : { before }) });
    const { body }: { body: Page } = await http.get<Page>(`/v1/history?${query}`);
    items.push(...body.items);
    before = body.next;
  }
  const shown = items.slice(0, most);
  if (flags.json === true) return terminal.out(json(shown, 2));
  const now = Date.now();
  const names = await actorNames(http);
  const rows = shown.map((change) => [
    change.at,
    ageText(change.at, now),
    change.kind,
    change.from || '-',
    change.to || '-',
    causeText(change),
    actorOf(change, names),
  ]);
  terminal.out(table(['AT', 'AGE', 'KIND', 'FROM', 'TO', 'CAUSE', 'ACTOR'], rows));
}

/** The actor by name, where the caller may see it. Owners never see the actor. */
function actorOf(change: object, names: ReadonlyMap<string, string>): string {
  const actor = 'actor' in change && typeof change.actor === 'string' ? change.actor : undefined;
  return actor === undefined ? '-' : (names.get(actor) ?? actor);
}
