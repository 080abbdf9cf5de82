import { type Command, Option } from 'commander';
import { DRILL_STATUSES } from '../../domain/drill.ts';
import { addConnection, CREDENTIALS_HELP } from '../connection/connection.ts';
import { duration } from '../support/duration.ts';
import type { Terminal } from '../support/terminal.ts';
import type { ConnectionFlags, ListFlags, StartFlags } from './run.ts';

export function declareDrill(parent: Command, terminal: Terminal): void {
  const drill = parent
    .command('drill')
    .summary('rehearse a fault of your own servers')
    .description(
      'A drill shows a simulated fault of some servers on the stream of your project, to clients that count drills ("drills: true"). Nothing else shows it, it ends by itself, and real changes always win.',
    )
    .addHelpText(
      'afterAll',
      `${CREDENTIALS_HELP}

Examples:
  $ hostbeat drill start db-primary
  $ hostbeat drill start db-primary db-standby --status UNKNOWN --for 30s
  $ hostbeat watch --drills
  $ hostbeat drill list
  $ hostbeat drill end db-primary`,
    );

  addConnection(drill.command('start'))
    .description('Start a drill of one or more servers.')
    .argument('<server...>', 'id or name of a server')
    .addOption(new Option('--status <STATUS>', 'what it shows').choices(DRILL_STATUSES).default('DOWN'))
    .addOption(
      new Option('--for <DURATION>', 'when it ends by itself, at most 10m')
        .argParser(duration)
        .default(60_000, '1m'),
    )
    .option('--json', 'for programs')
    .action(async (servers: string[], flags: StartFlags) => {
      const { startDrill } = await import('./run.ts');
      await startDrill(servers, flags, terminal);
    });

  addConnection(drill.command('list'))
    .description('Print the drills that are under way.')
    .option('--json', 'for programs')
    .action(async (flags: ListFlags) => {
      const { listDrills } = await import('./run.ts');
      await listDrills(flags, terminal);
    });

  addConnection(drill.command('end'))
    .description('End a drill early: its servers show their real status again.')
    .argument(
      '<drill>',
      'id of the drill, as "drill list" shows it; or id or name of a server that is in one',
    )
    .action(async (drill: string, flags: ConnectionFlags) => {
      const { endDrill } = await import('./run.ts');
      await endDrill(drill, flags, terminal);
    });
}
