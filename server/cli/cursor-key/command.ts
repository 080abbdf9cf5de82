import type { Command } from 'commander';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import type { Terminal } from '../support/terminal.ts';
import { parseAcceptance } from './acceptance.ts';
import type { ListFlags, RotateFlags } from './run.ts';

export function declareCursorKey(parent: Command, terminal: Terminal): void {
  const cursorKey = parent
    .command('cursor-key')
    .summary('the key that cursors are sealed with')
    .description(
      'Cursors, which clients keep to resume, are sealed with a key of the database. Rotate it because a rule requires it, or because a copy of the database leaked.',
    )
    .addHelpText(
      'afterAll',
      `${CREDENTIALS_HELP}

Examples:
  $ hostbeat cursor-key list
  $ hostbeat cursor-key rotate
  $ hostbeat cursor-key rotate --accept-earlier 0    the key leaked: clients that are away start over`,
    );

  addConnection(cursorKey.command('list'))
    .description('Print which keys seal and open cursors, never the keys themselves.')
    .option('--json', 'for programs')
    .action(async (flags: ListFlags) => {
      const { listCursorKeys } = await import('./run.ts');
      await listCursorKeys(flags, terminal);
    });

  addConnection(cursorKey.command('rotate'))
    .description(
      'Seal cursors with a new key, at once and on every node. Clients that are connected, or come back in time, notice nothing; others get a new snapshot.',
    )
    .option(
      '--accept-earlier <DURATION>',
      'how long cursors of earlier keys are accepted (default: as long as the log is kept)',
      parseAcceptance,
    )
    .option('--json', 'for programs')
    .action(async (flags: RotateFlags) => {
      const { rotateCursorKey } = await import('./run.ts');
      await rotateCursorKey(flags, terminal);
    });
}
