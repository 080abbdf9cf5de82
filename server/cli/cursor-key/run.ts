/** `hostbeat cursor-key …`, through a running server. */
import type { CursorKeyList } from '../../api/answers/cursor-keys.ts';
import { type ConnectionFlags, connected } from '../connection/connection.ts';
import { table } from '../support/table.ts';
import { json, type Terminal } from '../support/terminal.ts';
import { withAges } from '../support/times.ts';

export interface ListFlags extends ConnectionFlags {
  readonly json?: boolean;
}

export interface RotateFlags extends ListFlags {
  /** Milliseconds. */
  readonly acceptEarlier?: number;
}

const PATH = '/v1/cursor-keys';

export async function listCursorKeys(flags: ListFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { body } = await http.get<CursorKeyList>(PATH);
  print(body, flags, terminal);
}

export async function rotateCursorKey(flags: RotateFlags, terminal: Terminal): Promise<void> {
  const { http } = await connected(flags, terminal);
  const { acceptEarlier } = flags;
  const { body } = await http.request<CursorKeyList>('POST', PATH, {
    body: acceptEarlier === undefined ? {} : { accept_earlier_seconds: acceptEarlier / 1_000 },
  });
  print(body, flags, terminal);
}

function print({ cursor_keys: keys }: CursorKeyList, flags: ListFlags, terminal: Terminal): void {
  if (flags.json === true) {
    terminal.out(json(keys, 2));
    return;
  }
  const now = Date.now();
  const rows = keys.map(({ id, state, created_at, accepted_until }) => [
    String(id),
    state,
    withAges(created_at ?? '-', now),
    withAges(accepted_until ?? '-', now),
  ]);
  terminal.out(table(['ID', 'STATE', 'CREATED', 'EXPIRES'], rows));
}
